import { shorten } from "../base/clip.ts";
import type { Path } from "../base/path.ts";

/** A TOML table as smol-toml gives it, or as substitution rebuilds it. */
export type Table = Record<string, unknown>;

/** Deeper nesting than this is refused: nothing in a config needs it, and all that follows may then recurse. */
export const MAX_NESTING = 64;

export const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** A path as a key of a Map. */
export const pathKey = (path: Path): string => JSON.stringify(path);

/** A longer key is cut where it is shown. */
const MAX_KEY = 60;

/** A key as TOML writes it: bare where it can be. */
export const showKey = (key: string): string =>
  /^[A-Za-z0-9_-]+$/.test(key) ? shorten(key, MAX_KEY) : JSON.stringify(shorten(key, MAX_KEY));

/** A path for people: `llm.fallback[0].model`. */
export function showPath(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${showKey(part)}`))
    .join("");
}

/** The header of the table at a path, as TOML writes it: `[llm]`, `[[llm.fallback]]`. */
export function showHeader(path: Path): string {
  const name = showPath(path.filter((part) => typeof part === "string"));
  return typeof path.at(-1) === "number" ? `[[${name}]]` : `[${name}]`;
}

/** The last key of a path by name: list positions are passed over. */
export const lastKey = (path: Path): string => path.findLast((part) => typeof part === "string") ?? "";

export interface Leaf {
  path: Path;
  value: unknown;
}

/** Every value below tables and lists that is neither, in order. Without recursion: the nesting may be hostile. */
export function leaves(data: unknown): Leaf[] {
  const found: Leaf[] = [];
  const todo: Leaf[] = [{ path: [], value: data }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const children = childrenOf(next);
    if (children === undefined) found.push(next);
    else for (let i = children.length - 1; i >= 0; i -= 1) todo.push(children[i]!);
  }
  return found;
}

/** What stands directly in a table or a list; undefined for any other value. */
export function childrenOf({ path, value }: Leaf): Leaf[] | undefined {
  if (Array.isArray(value)) return value.map((item, i) => ({ path: [...path, i], value: item }));
  if (!isTable(value)) return undefined;
  return Object.keys(value).map((key) => ({ path: [...path, key], value: value[key] }));
}
