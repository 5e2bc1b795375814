import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { shorten } from "../../base/clip.ts";
import { maskedText } from "../secrets/text.ts";
import type { ManifestProblem } from "./types.ts";

/** A key with its value, aliases followed; `node` is where the file has the value. */
export interface Field {
  key: string;
  keyNode: Node;
  /** Undefined: nothing after the colon. */
  value: Node | undefined;
}

/** Walks the nodes of a file and gathers what is wrong with it. */
export interface Tree {
  /** Keys of a mapping, those of `<<` merges among them where it has none of its own. */
  fields(map: YAMLMap): ReadonlyMap<string, Field>;
  /** What an alias stands for; any other node as it is. */
  follow(node: unknown): Node | undefined;
  problem(node: Node | undefined, path: string, message: string, hint?: string): void;
  warning(node: Node | undefined, path: string, message: string, hint?: string): void;
  /** 1-based. */
  placeOf(node: Node | undefined): { line: number; column: number };
  readonly problems: ManifestProblem[];
  readonly warnings: ManifestProblem[];
}

/** `lines` is the counter that the document was parsed with. */
export function treeOf(document: Document, lines: LineCounter, file: string): Tree {
  const problems: ManifestProblem[] = [];
  const warnings: ManifestProblem[] = [];
  const known = new Map<YAMLMap, Map<string, Field>>();
  const follow = followIn(document);
  const placeOf = (node: Node | undefined) => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const note =
    (into: ManifestProblem[]) =>
    (node: Node | undefined, path: string, message: string, hint?: string): void => {
      // What stands at a place where it is not expected may be a secret all the same.
      into.push({ file, ...placeOf(node), path: maskedText(path), message: maskedText(message), hint });
    };

  /** Each mapping is read once, so that merges of merges cannot multiply. */
  const fields = (map: YAMLMap): Map<string, Field> => {
    const before = known.get(map);
    if (before !== undefined) return before;
    const found = new Map<string, Field>();
    known.set(map, found); // a mapping that merges itself finds what is there so far
    const merged: YAMLMap[] = [];
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      const name = isText(key) ? key.value : (key.source ?? String(key.value));
      if (name === "<<") merged.push(...mergedMaps(value, follow));
      else found.set(name, { key: name, keyNode: key, value: follow(value) });
    }
    for (const other of merged) {
      for (const [name, field] of fields(other)) if (!found.has(name)) found.set(name, field);
    }
    return found;
  };
  return { fields, follow, problem: note(problems), warning: note(warnings), placeOf, problems, warnings };
}

/** What an alias of the document stands for; any other node as it is. */
export function followIn(document: Document): Tree["follow"] {
  let targets: ReadonlyMap<Alias, Node> | undefined;
  return (node) => {
    if (isAlias(node)) targets ??= targetsOf(document);
    const target = isAlias(node) ? targets?.get(node) : node;
    return isMap(target) || isSeq(target) || isScalar(target) ? target : undefined;
  };
}

/** What every alias stands for: the last node above it with that anchor. In one pass, for files with many. */
function targetsOf(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
  });
  return targets;
}

function mergedMaps(value: unknown, follow: Tree["follow"]): YAMLMap[] {
  const target = follow(value);
  if (isMap(target)) return [target];
  return isSeq(target) ? target.items.map(follow).filter((item) => isMap(item)) : [];
}

export const isText = (node: unknown): node is Scalar<string> =>
  isScalar(node) && typeof node.value === "string";

/** A value in words, for messages: `the number 4`, `a list`. */
export function described(node: Node | YAMLSeq | undefined): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null || node.value === undefined) return "nothing";
  if (typeof node.value === "string")
    return node.value === "" ? "an empty text" : `the text ${short(node.value)}`;
  return `the ${typeof node.value === "boolean" ? "truth value" : "number"} ${short(node.source ?? String(node.value))}`;
}

const short = (text: string): string => JSON.stringify(shorten(text, 40));
