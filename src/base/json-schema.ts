import type { Path } from "./path.ts";

/** The part of JSON Schema that zod writes. */
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

/** The schema of the value at a path; undefined where anything is taken, or no such key is known. */
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
