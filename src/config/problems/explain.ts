import { closest } from "../../base/did-you-mean.ts";
import { keysOf, nodeAt, type SchemaNode } from "../../base/json-schema.ts";
import { type Path, valueAt } from "../../base/path.ts";
import type { Redact } from "../../base/redact.ts";
import { type Issue, mistakesIn, type SchemaMistake } from "../../base/schema-mistakes.ts";
import { lastKey, pathKey, showHeader, showKey, showPath, type Table } from "../paths.ts";
import type { Override } from "../values/overrides.ts";
import type { VariableUse } from "../values/substitute.ts";
import type { DataProblem } from "./data-problem.ts";
import { showFound } from "./found.ts";
import { explainUnknownKey } from "./unknown-key.ts";

export interface ExplainContext {
  schema: SchemaNode;
  data: Table;
  uses: ReadonlyMap<string, VariableUse>;
  applied: ReadonlyMap<string, Override>;
  redact: Redact;
}

/** Of more mistakes than this, unknown keys are told without a suggestion: no person reads that far. */
const MAX_SUGGESTIONS = 500;

/** What zod found wrong, in the words of the config: what was found, what is expected, what was probably meant. */
export const explainIssues = (issues: readonly Issue[], context: ExplainContext): DataProblem[] =>
  mistakesIn(issues, context).map((mistake, i) => explain(mistake, context, i < MAX_SUGGESTIONS));

function explain(mistake: SchemaMistake, context: ExplainContext, suggest: boolean): DataProblem {
  const { path } = mistake;
  switch (mistake.kind) {
    case "unknown_key":
      return explainUnknownKey(path, context.schema, context.data, suggest);
    case "missing":
      return explainMissing(path, context);
    case "rule":
      return brokenRule(path, mistake.message, context);
    default:
      return explainValue(mistake.kind, mistake.expected, path, context);
  }
}

/** A rule has its own words; when what it speaks of is not there, it points at the table. */
function brokenRule(path: Path, message: string, { data }: ExplainContext): DataProblem {
  const missing = valueAt(data, path) === undefined;
  return { kind: missing ? "missing" : "value", path, at: missing ? "table" : "value", message };
}

function explainValue(
  kind: "type" | "value",
  wanted: string,
  path: Path,
  { schema, data, uses, applied, redact }: ExplainContext,
): DataProblem {
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

function explainMissing(path: Path, { schema }: ExplainContext): DataProblem {
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
