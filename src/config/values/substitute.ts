import type { Env } from "../../base/env.ts";
import type { Path } from "../../base/path.ts";
import { isTable, pathKey, type Table } from "../paths.ts";
import type { DataProblem } from "../problems/data-problem.ts";
import { type ExpansionMistake, expand } from "./expand.ts";

/** What variables a value of the config was made from. */
export interface VariableUse {
  path: Path;
  /** Those whose values are in it: none, where all that was taken is a default. */
  names: string[];
  /** The value was `${VAR}` and nothing else: it may be meant as a number or a boolean. */
  whole: boolean;
}

export interface Substituted {
  /** A copy; tables have no prototype, so that no key can mean anything but itself. */
  data: Table;
  /** By {@link pathKey}. */
  uses: Map<string, VariableUse>;
  problems: DataProblem[];
}

/**
 * Replaces variables in every string value, after parsing: what a variable holds can become no key, no table and no
 * second value. Keys are left as they are. Nesting must have been checked. `unsetHint` says how a variable is set.
 */
export function substitute(data: Table, env: Env, unsetHint = "set it"): Substituted {
  const uses = new Map<string, VariableUse>();
  const problems: DataProblem[] = [];

  const text = (value: string, path: Path): string => {
    const { text, used, whole, mistakes } = expand(value, env);
    for (const mistake of mistakes)
      problems.push(explain(mistake, path, { whole: whole !== undefined, unsetHint }));
    if (used.length > 0 || whole !== undefined)
      uses.set(pathKey(path), { path, names: used, whole: whole !== undefined });
    return text;
  };
  const copy = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") return text(value, path);
    if (Array.isArray(value)) return value.map((item, i) => copy(item, [...path, i]));
    return isTable(value) ? table(value, path) : value;
  };
  const table = (value: Table, path: Path): Table => {
    const result: Table = Object.create(null);
    for (const key of Object.keys(value)) result[key] = copy(value[key], [...path, key]);
    return result;
  };
  return { data: table(data, []), uses, problems };
}

interface ExplainOptions {
  whole: boolean;
  unsetHint: string;
}

function explain(mistake: ExpansionMistake, path: Path, { whole, unsetHint }: ExplainOptions): DataProblem {
  const needle = `\${${mistake.name}`;
  const problem = (message: string, hint: string): DataProblem => ({
    kind: "variable",
    path,
    at: "value",
    message,
    hint,
    needle,
  });
  const literal = `write $${needle}} if the text itself is meant`;
  switch (mistake.kind) {
    case "unset":
      return problem(
        `the environment variable ${mistake.name} is not set`,
        `${unsetHint}, or give a default: ${needle}:-…}${whole ? "" : `; ${literal}`}`,
      );
    case "unclosed":
      return problem(`${needle} has no closing brace`, `write ${needle}}; ${literal}`);
    case "operator":
      return problem(
        `${needle}${mistake.operator}…} is not replaced: only ${needle}} and ${needle}:-default} are`,
        literal,
      );
    case "nested":
      return problem("defaults are nested too deeply", "eight levels are the most");
  }
}
