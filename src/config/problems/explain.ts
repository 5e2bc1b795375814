import { closest } from "../../base/did-you-mean.ts";
import type { Redact } from "../../base/redact.ts";
import type * as z from "../../base/zod.ts";
import { lastKey, type Path, pathKey, showHeader, showKey, showPath, type Table, valueAt } from "../paths.ts";
import { expectation, expectedKind, keysOf, nodeAt, type SchemaNode } from "../schema/schema-facts.ts";
import type { Override } from "../values/overrides.ts";
import type { VariableUse } from "../values/substitute.ts";
import type { Finding } from "./finding.ts";
import { showFound } from "./found.ts";
import { explainUnknownKey } from "./unknown-key.ts";

export interface ExplainContext {
  schema: SchemaNode;
  data: Table;
  uses: ReadonlyMap<string, VariableUse>;
  applied: ReadonlyMap<string, Override>;
  redact: Redact;
}

type Issue = z.core.$ZodIssue;

/** Of more unknown keys in one table than this, the rest is told without a suggestion: no person reads that far. */
const MAX_SUGGESTIONS = 500;

/** What zod found wrong, in the words of the config: what was found, what is expected, what was probably meant. */
export function explainIssue(issue: Issue, path: Path, context: ExplainContext): Finding[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key, i) =>
        explainUnknownKey([...path, key], context.schema, context.data, i < MAX_SUGGESTIONS),
      );
    case "invalid_union":
      return explainUnion(issue, path, context);
    case "invalid_type":
      return valueAt(context.data, path) === undefined
        ? [explainMissing(path, context)]
        : [explainValue("type", expected(issue, path, context), path, context)];
    case "custom":
      return [explainCustom(issue, path, context)];
    default:
      return [explainValue("value", expected(issue, path, context), path, context)];
  }
}

/** A check of our own has its own words; when what it speaks of is not there, it points at the table. */
function explainCustom(issue: Issue, path: Path, context: ExplainContext): Finding {
  const missing = valueAt(context.data, path) === undefined;
  return {
    kind: missing ? "missing" : "value",
    path,
    at: missing ? "table" : "value",
    message: issue.message,
  };
}

/** The messages of our own schemas begin so; zod's own speak of types that TOML does not have. */
const ownWords = (issue: Issue): string | undefined => /^expected (.*)$/s.exec(issue.message)?.[1];

function expected(issue: Issue, path: Path, { schema }: ExplainContext): string {
  const node = nodeAt(schema, path);
  return ownWords(issue) ?? (issue.code === "invalid_type" ? expectedKind(node) : expectation(node));
}

function explainValue(
  kind: "type" | "value",
  wanted: string,
  path: Path,
  { schema, data, uses, applied, redact }: ExplainContext,
): Finding {
  const value = valueAt(data, path);
  const source = applied.get(pathKey(path))?.source;
  const names = uses.get(pathKey(path))?.names ?? [];
  const from = names.length === 0 || source !== undefined ? "" : ` from \${${names[0]}}`;
  const hint = adviceFor(value, path, nodeAt(schema, path));
  return {
    kind,
    path,
    at: "value",
    message: `expected ${wanted}, found ${showFound(value, path, redact)}${from}`,
    ...(hint !== undefined && { hint }),
    ...(source !== undefined && { source }),
  };
}

function adviceFor(value: unknown, path: Path, node: SchemaNode | undefined): string | undefined {
  const key = showKey(lastKey(path));
  if (typeof value === "string") {
    const choices = node?.enum?.filter((choice) => typeof choice === "string") ?? [];
    const meant = closest(value, choices);
    if (meant !== undefined) return `did you mean ${JSON.stringify(meant)}?`;
    const number = node?.type === "number" || node?.type === "integer";
    if (
      (number && /^\d+(\.\d+)?$/.test(value)) ||
      (node?.type === "boolean" && /^(true|false)$/.test(value))
    ) {
      return `take the quotes off: ${key} = ${value}`;
    }
    if (lastKey(path) === "id" && node?.pattern !== undefined)
      return `write "${value.replace(/[^\w.-]+/g, "-")}"`;
    if (node?.type === "array") return `put it in brackets: ${key} = [${JSON.stringify(value.slice(0, 40))}]`;
  }
  if ((typeof value === "number" || typeof value === "boolean") && node?.type === "string") {
    return `put it in quotes: ${key} = "${value}"`;
  }
  if (path[0] === "tools" && path.length === 2) return `write ${key} = "builtin", or ${key} = { impl = "…" }`;
  if (typeof value === "object" && node?.type === "array" && node.items?.type === "object") {
    return `write [[${showPath(path)}]], or put it in brackets`;
  }
  if (Array.isArray(value) && node?.type === "object")
    return `write ${showHeader(path)}, not [${showHeader(path)}]`;
  return undefined;
}

function explainMissing(path: Path, { schema }: ExplainContext): Finding {
  const node = nodeAt(schema, path);
  const table = path.slice(0, -1);
  const about = node?.description === undefined ? "" : `: ${node.description.replace(/\.$/, "")}`;
  const base = { kind: "missing", path, at: "table" } as const;
  if (node?.type !== "object") {
    const where = table.length === 0 ? "the top of the file" : showHeader(table);
    return {
      ...base,
      message: `missing${about}`,
      hint: `add ${showKey(lastKey(path))} = ${example(node)} to ${where}`,
    };
  }
  const required = node.required ?? keysOf(node);
  const keys = required.map((key) => `${key} = ${example(node.properties?.[key])}`);
  return { ...base, message: `missing${about}`, hint: `add ${showHeader(path)} with ${keys.join(" and ")}` };
}

function example(node: SchemaNode | undefined): string {
  if (node?.enum !== undefined) return JSON.stringify(node.enum[0]);
  return (
    { integer: "1", number: "1", boolean: "true", array: "[…]", object: "{ … }" }[String(node?.type)] ?? '"…"'
  );
}

/** Of several forms a value may have, the one that was probably meant is the one whose kind it is. */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: ExplainContext): Finding[] {
  const value = valueAt(context.data, path);
  if (value === undefined) return [explainMissing(path, context)];
  const sameKind = issue.errors.filter((errors) => !errors.some(rejectsKind));
  const meant = sameKind.sort((a, b) => a.length - b.length)[0];
  if (meant !== undefined)
    return meant.flatMap((inner) => explainIssue(inner, [...path, ...pathOf(inner)], context));
  return [explainValue("type", expected(issue, path, context), path, context)];
}

const rejectsKind = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");

/** zod allows symbols in paths; TOML has none. */
export const pathOf = (issue: Issue): Path => issue.path.filter((part) => typeof part !== "symbol");
