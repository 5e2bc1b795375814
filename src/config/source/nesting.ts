import { childrenOf, isTable, MAX_NESTING, type Path, type Table } from "../paths.ts";
import type { Finding } from "../problems/finding.ts";

/**
 * Nesting too deep to walk (then it is the only finding, and nothing else may look at the data), and keys that mean
 * something to JavaScript.
 */
export function misshapen(data: Table): Finding[] {
  const findings: Finding[] = [];
  const todo: { path: Path; value: unknown }[] = [{ path: [], value: data }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { path } = next;
    if (path.length > MAX_NESTING) return [tooDeep(path)];
    for (const child of childrenOf(next) ?? []) {
      if (child.path.at(-1) === "__proto__" && isTable(next.value)) findings.push(reserved(child.path));
      else if (typeof child.value === "object") todo.push(child);
    }
  }
  return findings;
}

const tooDeep = (path: Path): Finding => ({
  kind: "nesting",
  path: path.slice(0, 3),
  at: "key",
  message: `nested more than ${MAX_NESTING} levels deep`,
  hint: "nothing in a config needs that",
});

const reserved = (path: Path): Finding => ({
  kind: "unknown_key",
  path,
  at: "key",
  message: "__proto__ is not allowed as a key",
});
