import type { SchemaNode } from "./json-schema.ts";
import { oneOf } from "./one-of.ts";

/** What those call it who wrote it: a table in TOML, an object in JSON. */
export type Container = "table" | "object";

/** The kind of value that is expected, where another kind was found: bounds of texts do not matter yet. */
export const expectedKind = (node: SchemaNode | undefined, container?: Container): string =>
  node?.type === "string" && node.enum === undefined && node.format === undefined
    ? "a string"
    : expectation(node, container);

/** What is expected at a node, for people: `a whole number from 1 to 1024`. */
export function expectation(node: SchemaNode | undefined, container: Container = "table"): string {
  if (node === undefined) return "something else";
  if (node.anyOf !== undefined) {
    return oneOf([...new Set(node.anyOf.map((choice) => expectation(choice, container)))]);
  }
  if (Array.isArray(node.type))
    return oneOf(node.type.map((type) => expectation({ ...node, type }, container)));
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return `one of ${oneOf(node.enum.map((value) => JSON.stringify(value)))}`;
  switch (node.type) {
    case "integer":
      return `a whole number${range(node)}`;
    case "number":
      return `a number${range(node)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `an array${node.items === undefined ? "" : ` of ${plural(node.items, container)}`}`;
    case "object":
      return container === "table" ? "a table" : "an object";
    case "string":
      return expectedText(node);
    case "null":
      return "null";
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

function plural(node: SchemaNode, container: Container): string {
  return (
    { string: "strings", object: `${container}s`, number: "numbers", integer: "numbers" }[
      String(node.type)
    ] ?? "values"
  );
}
