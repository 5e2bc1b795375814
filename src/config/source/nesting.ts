import type { Path } from "../../base/path.ts";
import { childrenOf, isTable, MAX_NESTING, type Table } from "../paths.ts";
import type { DataProblem } from "../problems/data-problem.ts";

/**
 * Nesting too deep to walk (then it is the only problem, and nothing else may look at the data), and keys that mean
 * something to JavaScript.
 */
export function misshapen(data: Table): DataProblem[] {
  const problems: DataProblem[] = [];
  const todo: { path: Path; value: unknown }[] = [{ path: [], value: data }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { path } = next;
    if (path.length > MAX_NESTING) return [tooDeep(path)];
    for (const child of childrenOf(next) ?? []) {
      if (child.path.at(-1) === "__proto__" && isTable(next.value)) problems.push(reserved(child.path));
      else if (typeof child.value === "object") todo.push(child);
    }
  }
  return problems;
}

const tooDeep = (path: Path): DataProblem => ({
  kind: "nesting",
  path: path.slice(0, 3),
  at: "key",
  message: `nested more than ${MAX_NESTING} levels deep`,
  hint: "nothing in a config needs that",
});

const reserved = (path: Path): DataProblem => ({
  kind: "unknown_key",
  path,
  at: "key",
  message: "__proto__ is not allowed as a key",
});
