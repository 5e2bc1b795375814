import { keysOf, type SchemaNode } from "../../base/json-schema.ts";
import * as z from "../../base/zod.ts";
import { agentConfigSchema } from "../agent-config.ts";

/** What may be written in a config, as JSON Schema (draft-07): errors, editors and the reference page go by it. */
export function configSchema(): SchemaNode {
  return z.toJSONSchema(agentConfigSchema, {
    io: "input",
    target: "draft-07",
    override: ({ jsonSchema }) => {
      // zod keeps choices as the keys of an object, which puts "5" before "auto".
      jsonSchema.enum?.sort((a, b) => Number(isInteger(a)) - Number(isInteger(b)));
    },
  }) as SchemaNode;
}

const isInteger = (value: unknown): boolean => /^\d+$/.test(String(value));

export interface KnownTable {
  /** As {@link showPath} writes it, list positions left out: `routing.llm`, `llm.fallback`. */
  name: string;
  /** As TOML writes it: `[routing.llm]`, `[[llm.fallback]]`. */
  header: string;
  node: SchemaNode;
}

/** Every table of the config that has a fixed set of keys, in the order of the schema. */
export function knownTables(node: SchemaNode, name = ""): KnownTable[] {
  return keysOf(node).flatMap((key) => {
    const child = node.properties![key]!;
    const path = name === "" ? key : `${name}.${key}`;
    if (typeof child.additionalProperties === "object") {
      return knownTable(child.additionalProperties, `${path}.*`, `[${path}."…"]`);
    }
    if (child.items !== undefined) return knownTable(child.items, path, `[[${path}]]`);
    return knownTable(child, path, `[${path}]`);
  });
}

const knownTable = (node: SchemaNode, name: string, header: string): KnownTable[] =>
  keysOf(node).length === 0 ? [] : [{ name, header, node }, ...knownTables(node, name)];
