import { ENV_NAME } from "../../base/env-name.ts";
import type { SchemaNode } from "../../base/json-schema.ts";
import type { ToolDescription } from "../../tools/table.ts";
import { configSchema } from "./schema-facts.ts";

/**
 * The JSON Schema that editors check a config by. Draft-07 without `$ref`: Taplo (Even Better TOML) speaks drafts 4
 * to 7 and drops what stands beside a `$ref`, and Tombi takes the same. Wherever the config takes a number, a boolean
 * or text of a certain form, it also takes `${VAR}`; so does this.
 */
export function editorSchema(tools: readonly ToolDescription[]): SchemaNode {
  const { type, properties, required, additionalProperties } = configSchema();
  const sections = mapValues(properties ?? {}, (section) => acceptVariables(tidy(section)));
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "agent2389 agent",
    description:
      "An agent of the 2389 Agent Protocol, whole: who it is, its broker, model, tools and limits.",
    type,
    properties: { ...sections, tools: toolsNode(sections["tools"]?.description, tools) },
    required,
    additionalProperties,
  } as SchemaNode;
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T, key: string) => U) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** Bounds that only say "a number JavaScript has", and empty defaults of whole tables, tell a reader nothing. */
export function tidy(node: SchemaNode): SchemaNode {
  const { propertyNames: _, ...kept } = node;
  if (kept.maximum === Number.MAX_SAFE_INTEGER) delete kept.maximum;
  if (kept.minimum === Number.MIN_SAFE_INTEGER) delete kept.minimum;
  if (kept.type === "object") delete kept.default;
  return mapNodes(kept, tidy);
}

/** The node with every schema directly inside it changed. */
function mapNodes(node: SchemaNode, change: (node: SchemaNode) => SchemaNode): SchemaNode {
  const result = { ...node };
  if (node.properties !== undefined) result.properties = mapValues(node.properties, change);
  if (node.items !== undefined) result.items = change(node.items);
  if (node.anyOf !== undefined) result.anyOf = node.anyOf.map(change);
  if (typeof node.additionalProperties === "object") {
    result.additionalProperties = change(node.additionalProperties);
  }
  return result;
}

const WHOLE_VARIABLE = `^\\$\\{${ENV_NAME}(:-.*)?\\}$`;
const ANY_VARIABLE = "\\$\\{";

/** Takes text with variables too, wherever a plain value is more than any text. */
function acceptVariables(node: SchemaNode): SchemaNode {
  if (node.enum !== undefined) return orVariable(node);
  if (node.type === "number" || node.type === "integer" || node.type === "boolean") {
    // `minimum` binds numbers only, `pattern` texts only.
    return { ...node, type: [node.type, "string"], pattern: WHOLE_VARIABLE };
  }
  if (node.type === "string" && (node.pattern !== undefined || node.format !== undefined)) {
    const { format, ...rest } = node;
    const pattern = node.pattern ?? (format === "uri" ? "^https?://" : ".*");
    return { ...rest, pattern: `${pattern}|${ANY_VARIABLE}` };
  }
  return mapNodes(node, acceptVariables);
}

function orVariable({ description, default: fallback, ...choice }: SchemaNode): SchemaNode {
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [choice, { type: "string", pattern: ANY_VARIABLE }],
  };
}

/** `[tools]` in all its forms: by name, flat or with `config`, and the `[[tools]]` list. */
function toolsNode(description: string | undefined, tools: readonly ToolDescription[]): SchemaNode {
  const named = Object.fromEntries(tools.map((tool) => [tool.tool, namedTool(tool, tools)]));
  const impls = tools.flatMap((tool) => tool.impls);
  const anyName: SchemaNode = {
    description: "A tool under a name of your own: what does it, and its options.",
    anyOf: [
      { type: "string", enum: ["builtin", ...impls] },
      ...tools.map((tool) => tableForm(tool, tool.impls)),
    ],
  };
  return {
    ...(description !== undefined && { description }),
    anyOf: [
      { type: "object", properties: named, additionalProperties: anyName },
      { type: "array", items: listForm(impls) },
    ],
  };
}

/** A tool under its own name: `"builtin"` or a table. Another may stand there too, as peers do: its options are open. */
function namedTool(tool: ToolDescription, tools: readonly ToolDescription[]): SchemaNode {
  const others = tools.filter((other) => other !== tool).flatMap((other) => other.impls);
  return {
    description: tool.summary,
    anyOf: [
      { type: "string", enum: ["builtin", ...tool.impls, ...others] },
      tableForm(tool, ["builtin", ...tool.impls]),
      { type: "object", properties: { impl: implNode(others) }, required: ["impl"] },
    ],
  };
}

const implNode = (impls: readonly string[]): SchemaNode => ({
  type: "string",
  enum: [...impls],
  description: "What does it.",
});

function tableForm({ summary, options }: ToolDescription, impls: readonly string[]): SchemaNode {
  const known = acceptVariables(tidy(options));
  const properties = known.properties ?? {};
  return {
    type: "object",
    description: summary,
    properties: {
      impl: implNode(impls),
      config: {
        type: "object",
        description: "Its options; they may also stand beside impl.",
        properties,
        additionalProperties: false,
      },
      ...properties,
    },
    required: ["impl"],
    additionalProperties: false,
  };
}

function listForm(impls: readonly string[]): SchemaNode {
  const impl = implNode(["builtin", ...impls]);
  return {
    type: "object",
    properties: {
      name: { type: "string", description: "Name under which the model calls it." },
      implementation: impl,
      impl,
      config: { type: "object", description: "Its options; they may also stand beside name." },
    },
    required: ["name"],
  };
}
