import { isMap, isScalar, type Node, type Pair, YAMLMap } from "yaml";
import { tooDeep } from "./hand-over.ts";
import { blockLines, flowText, mapNode, type Style, writtenOut } from "./render.ts";
import { type Edit, endOf, indentAt, isFlow, nextLine, type Source, startOf } from "./source.ts";
import type { Uses } from "./uses.ts";

/** Puts in the place of a merge the pairs that it brings; those that the mapping has itself count more. */
export function writtenMerge(source: Source, into: YAMLMap, merge: Pair, style: Style): Edit[] {
  const key = merge.key as Node;
  const to = endOf(source, merge.value as Node);
  const pairs = broughtBy(source, into, merge);
  if (isFlow(into) || pairs.items.length === 0) {
    const inside = pairs.items.map((pair) => `${flowText(pair.key, style)}: ${flowText(pair.value, style)}`);
    return [{ from: startOf(key), to, text: inside.length === 0 ? "<<: {}" : inside.join(", ") }];
  }
  const [first = "", ...rest] = blockLines(pairs, style);
  const indent = indentAt(source, startOf(key));
  const at = nextLine(source, to);
  const lines = rest.map((line) => (line === "" ? "" : indent + line) + source.eol);
  return [
    { from: startOf(key), to, text: first },
    { from: at, to: at, text: lines.join("") },
  ];
}

function broughtBy(source: Source, into: YAMLMap, merge: Pair): YAMLMap {
  const { tree } = source;
  const own = new Set(into.items.map(({ key }) => (isScalar(key) ? String(key.source ?? key.value) : "")));
  const only = new YAMLMap();
  only.items.push(merge);
  const fields = [...tree.fields(only)].filter(([key]) => !own.has(key));
  return mapNode(
    fields.map(([key, { value }]) => [key, writtenOut(source, value, tooDeep(source, into))] as const),
    into,
  );
}

/** The mapping that a merge stands in. */
export const mergedInto = (uses: Uses, merge: Pair, alias: Node): YAMLMap | undefined =>
  uses.around(alias).find((node): node is YAMLMap => isMap(node) && node.items.includes(merge));
