import type { Path } from "../../base/path.ts";

/** What kind of mistake a problem is: stable names, for `--json`. */
export type ProblemKind =
  | "file"
  | "syntax"
  | "unknown_key"
  | "missing"
  | "type"
  | "value"
  | "secret"
  | "variable"
  | "nesting";

/** Something wrong with the data of a config, before its place in the text is looked up. */
export interface DataProblem {
  kind: ProblemKind;
  path: Path;
  /** What to point at: the key, its value, or (for what is missing) the table it should stand in. */
  at: "key" | "value" | "table";
  /** The fact: what was found, what is expected. */
  message: string;
  /** What to do about it. */
  hint?: string;
  /** A part of the value's source text to point at, in a value that may have many lines. */
  needle?: string;
  /** Where the value came from, when not from the file: `environment variable HEALTH_PORT`, `--broker`. */
  source?: string;
}
