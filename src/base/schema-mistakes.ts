import { type Container, expectation, expectedKind } from "./expectation.ts";
import { nodeAt, type SchemaNode } from "./json-schema.ts";
import { type Path, valueAt } from "./path.ts";
import type * as z from "./zod.ts";

/** A place where data departs from its schema, and in what. How it is told is for whoever asks. */
export type SchemaMistake = { path: Path } & (
  | { kind: "unknown_key" }
  /** `expected` in words: `a whole number from 1 to 1024`. */
  | { kind: "missing" | "type" | "value"; expected: string }
  /** A rule of our own, which has its own words. */
  | { kind: "rule"; message: string }
);

/** What was checked, and by what. */
export interface CheckedData {
  data: unknown;
  /** The JSON Schema of what may be written. */
  schema: SchemaNode;
  container?: Container;
}

export type Issue = z.core.$ZodIssue;

/**
 * What zod found wrong with the data, by the schema's own facts: zod's words speak of types that people who write
 * TOML or JSON do not know.
 */
export const mistakesIn = (issues: readonly Issue[], checked: CheckedData): SchemaMistake[] =>
  issues.flatMap((issue) => mistakesOf(issue, pathOf(issue), checked));

/** zod allows symbols in paths; there are none in TOML and JSON. */
const pathOf = (issue: Issue): Path => issue.path.filter((part) => typeof part !== "symbol");

function mistakesOf(issue: Issue, path: Path, checked: CheckedData): SchemaMistake[] {
  const isThere = valueAt(checked.data, path) !== undefined;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ kind: "unknown_key", path: [...path, key] }));
    case "invalid_union":
      return isThere ? ofUnion(issue, path, checked) : [departure("missing", issue, path, checked)];
    case "invalid_type":
      return [departure(isThere ? "type" : "missing", issue, path, checked)];
    case "custom":
      return [{ kind: "rule", path, message: issue.message }];
    case "invalid_key":
      return [{ kind: "rule", path, message: issue.issues[0]?.message ?? issue.message }];
    default:
      return [departure("value", issue, path, checked)];
  }
}

/** Of several forms a value may have, the one that was probably meant is the one whose kind it is. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, checked: CheckedData): SchemaMistake[] {
  const sameKind = issue.errors.filter((errors) => !errors.some(rejectsKind));
  const [meant] = sameKind.sort((a, b) => a.length - b.length);
  if (meant === undefined) return [departure("type", issue, path, checked)];
  return meant.flatMap((inner) => mistakesOf(inner, [...path, ...pathOf(inner)], checked));
}

const rejectsKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");

function departure(
  kind: "missing" | "type" | "value",
  issue: Issue,
  path: Path,
  { schema, container }: CheckedData,
): SchemaMistake {
  const node = nodeAt(schema, path);
  const usual = issue.code === "invalid_type" ? expectedKind(node, container) : expectation(node, container);
  return { kind, path, expected: ownWords(issue) ?? usual };
}

/** The messages of our own schemas begin so. */
const ownWords = (issue: Issue): string | undefined => /^expected (.*)$/s.exec(issue.message)?.[1];
