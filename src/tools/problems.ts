import { closest } from "../base/did-you-mean.ts";
import { keysOf, nodeAt } from "../base/json-schema.ts";
import { type Path, valueAt } from "../base/path.ts";
import { type CheckedData, type Issue, mistakesIn, type SchemaMistake } from "../base/schema-mistakes.ts";

/** Something wrong with a tool's options, or with the arguments of a call. */
export interface ToolProblem {
  path: Path;
  /** The fact: what was found, what is expected. */
  message: string;
  /** What to do about it. */
  hint?: string;
}

/** What zod found wrong, in plain words. Texts are not repeated: one may be a secret. */
export const problemsIn = (issues: readonly Issue[], checked: CheckedData): ToolProblem[] =>
  mistakesIn(issues, checked).map((mistake) => {
    const hint = hintFor(mistake, checked);
    return { path: mistake.path, message: factOf(mistake, checked), ...(hint !== undefined && { hint }) };
  });

function factOf(mistake: SchemaMistake, { data, container }: CheckedData): string {
  const value = valueAt(data, mistake.path);
  switch (mistake.kind) {
    case "unknown_key":
      return "unknown key";
    case "missing":
      return `missing: expected ${mistake.expected}`;
    case "rule":
      return mistake.message;
    case "type":
      return `expected ${mistake.expected}, found ${withoutText(value, container)}`;
    case "value":
      // That a text is a text is what was expected.
      return typeof value === "string" && value !== ""
        ? `expected ${mistake.expected}`
        : `expected ${mistake.expected}, found ${withoutText(value, container)}`;
  }
}

function withoutText(value: unknown, container: CheckedData["container"]): string {
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return "an array";
  return container === "object" ? "an object" : "a table";
}

/** What was probably meant; what belongs there, where something is missing. */
function hintFor({ kind, path }: SchemaMistake, { data, schema }: CheckedData): string | undefined {
  if (kind !== "unknown_key") {
    return valueAt(data, path) === undefined ? nodeAt(schema, path)?.description : undefined;
  }
  if (path.length > 1) return undefined;
  const known = keysOf(schema);
  const meant = closest(String(path[0]), known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return known.length === 0 ? "there are none" : `known: ${known.join(", ")}`;
}
