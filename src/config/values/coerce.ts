import { type Path, valueAt } from "../../base/path.ts";
import type * as z from "../../base/zod.ts";
import type { Table } from "../paths.ts";

/**
 * The value that text from a variable or an override was meant as, where the config wants no text: a number, a
 * boolean, a choice in another case (`LOG_LEVEL=INFO`). Undefined when it cannot be meant so.
 */
export function meantAs(issue: z.core.$ZodIssue, text: string): unknown {
  if (issue.code === "invalid_value") {
    const lower = text.toLowerCase();
    return issue.values.includes(lower) ? lower : undefined;
  }
  if (issue.code !== "invalid_type") return undefined;
  if (issue.expected === "number" || issue.expected === "int") return asNumber(text);
  return issue.expected === "boolean" ? asBoolean(text) : undefined;
}

export function asNumber(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

export function asBoolean(text: string): boolean | undefined {
  return { true: true, "1": true, false: false, "0": false }[text.trim().toLowerCase()];
}

/** Puts a value where another stands already. */
export function replaceAt(data: Table, path: Path, value: unknown): void {
  const parent = valueAt(data, path.slice(0, -1)) as Record<string | number, unknown>;
  parent[path.at(-1)!] = value;
}
