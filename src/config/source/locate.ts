import type { AST } from "toml-eslint-parser";
import type { Path } from "../../base/path.ts";
import { MAX_NESTING, pathKey } from "../paths.ts";

/** A stretch of the source. Lines and columns count from 1, columns in UTF-16 units, as editors do. */
export interface Span {
  line: number;
  column: number;
  /** Offsets in the source. */
  start: number;
  end: number;
}

/** Where keys and values of a TOML text stand. */
export interface Locations {
  /** The key itself; of a table its name in the first header that makes it, of an element of a list in its own. */
  key(path: Path): Span | undefined;
  value(path: Path): Span | undefined;
}

/**
 * Looks up where everything stands. Loads a second TOML parser, so it is called only when there is something to
 * point at. Undefined when that parser cannot take the text, though the first could: what is wrong can then still
 * be said, without its line.
 */
export async function locate(source: string): Promise<Locations | undefined> {
  const { parseTOML } = await import("toml-eslint-parser");
  const keys = new Map<string, Span>();
  const values = new Map<string, Span>();
  const note = (map: Map<string, Span>, path: Path, node: AST.TOMLNode) => {
    const key = pathKey(path);
    if (!map.has(key)) map.set(key, spanOf(node));
  };

  const noteKeys = (base: Path, key: AST.TOMLKey, path: Path) => {
    const named = path
      .slice(0, MAX_NESTING + 1)
      .flatMap((part, i) => (i >= base.length && typeof part === "string" ? [i] : []));
    named.forEach((at, i) => {
      note(keys, path.slice(0, at + 1), key.keys[i] ?? key);
    });
  };
  const noteValue = (node: AST.TOMLContentNode, path: Path): void => {
    if (path.length > MAX_NESTING) return;
    note(values, path, node);
    if (node.type === "TOMLArray")
      node.elements.forEach((element, i) => void noteValue(element, [...path, i]));
    if (node.type === "TOMLInlineTable") for (const pair of node.body) notePair(pair, path);
  };
  const notePair = (pair: AST.TOMLKeyValue, base: Path): void => {
    const path = [...base, ...pair.key.keys.map(nameOf)];
    noteKeys(base, pair.key, path);
    noteValue(pair.value, path);
  };

  try {
    for (const entry of parseTOML(source, { tomlVersion: "latest" }).body[0].body) {
      if (entry.type === "TOMLKeyValue") notePair(entry, []);
      else {
        noteKeys([], entry.key, entry.resolvedKey);
        if (entry.kind === "array") note(keys, entry.resolvedKey, entry.key.keys.at(-1) ?? entry.key);
        for (const pair of entry.body) notePair(pair, entry.resolvedKey);
      }
    }
  } catch {
    return undefined;
  }
  return { key: (path) => keys.get(pathKey(path)), value: (path) => values.get(pathKey(path)) };
}

const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted): string =>
  key.type === "TOMLBare" ? key.name : key.value;

const spanOf = ({ loc, range }: AST.TOMLNode): Span => ({
  line: loc.start.line,
  column: loc.start.column + 1,
  start: range[0],
  end: range[1],
});
