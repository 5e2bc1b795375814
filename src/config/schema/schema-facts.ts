import { oneOf } from "../../base/one-of.ts";
import * as z from "../../base/zod.ts";
import { agentConfigSchema } from "../agent-config.ts";
import type { Path } from "../paths.ts";

/** The part of JSON Schema that zod writes for the config. */
export interface SchemaNode {
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  format?: string;
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: SchemaNode | boolean;
  anyOf?: SchemaNode[];
  [keyword: string]: unknown;
}

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

/** The schema of the value at a path; undefined where the config takes anything, or knows no such key. */
export function nodeAt(root: SchemaNode, path: Path): SchemaNode | undefined {
  let nodes = [root];
  for (const part of path) nodes = nodes.flatMap((node) => step(node, part));
  return nodes[0];
}

function step(node: SchemaNode, part: string | number): SchemaNode[] {
  const below = (node.anyOf ?? []).flatMap((choice) => step(choice, part));
  if (typeof part === "number") return node.items === undefined ? below : [node.items, ...below];
  const named = ownProperty(node, part);
  if (named !== undefined) return [named, ...below];
  return typeof node.additionalProperties === "object" ? [node.additionalProperties, ...below] : below;
}

const ownProperty = (node: SchemaNode, key: string): SchemaNode | undefined =>
  node.properties !== undefined && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;

/** Names that a table takes. */
export const keysOf = (node: SchemaNode | undefined): string[] => Object.keys(node?.properties ?? {});

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

/** The kind of value that is expected, where another kind was found: bounds of texts do not matter yet. */
export const expectedKind = (node: SchemaNode | undefined): string =>
  node?.type === "string" && node.enum === undefined && node.format === undefined
    ? "a string"
    : expectation(node);

/** What is expected at a node, for people: `a whole number from 1 to 1024`. */
export function expectation(node: SchemaNode | undefined): string {
  if (node === undefined) return "something else";
  if (node.anyOf !== undefined) return oneOf([...new Set(node.anyOf.map(expectation))]);
  if (node.enum !== undefined) return `one of ${oneOf(node.enum.map((value) => JSON.stringify(value)))}`;
  switch (node.type) {
    case "integer":
      return `a whole number${range(node)}`;
    case "number":
      return `a number${range(node)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `an array${node.items === undefined ? "" : ` of ${plural(node.items)}`}`;
    case "object":
      return "a table";
    case "string":
      return expectedText(node);
    default:
      return "something else";
  }
}

function range({ minimum, exclusiveMinimum, ...node }: SchemaNode): string {
  const maximum = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (minimum !== undefined)
    return maximum === undefined ? ` of at least ${minimum}` : ` from ${minimum} to ${maximum}`;
  const most = maximum === undefined ? "" : ` of at most ${maximum}`;
  if (exclusiveMinimum === undefined) return most;
  return maximum === undefined
    ? ` above ${exclusiveMinimum}`
    : ` above ${exclusiveMinimum}, up to ${maximum}`;
}

function expectedText(node: SchemaNode): string {
  if (node.format === "uri") return "an http:// or https:// URL";
  if (node.maxLength !== undefined) return `a string of at most ${node.maxLength} characters`;
  return (node.minLength ?? 0) > 0 ? "a string that is not empty" : "a string";
}

function plural(node: SchemaNode): string {
  return (
    { string: "strings", object: "tables", number: "numbers", integer: "numbers" }[String(node.type)] ??
    "values"
  );
}
