import { isSeq, type Node, type YAMLSeq } from "yaml";
import { withoutFlowItems } from "./flow-list.ts";
import { expanded } from "./hand-over.ts";
import { mergedInto, writtenMerge } from "./merge.ts";
import type { Style } from "./render.ts";
import { dashOf, type Edit, endOf, itemsOf, lineStart, nextLine, type Source } from "./source.ts";
import type { Uses } from "./uses.ts";

/**
 * Edits towards a list without some models: first what they define and others use goes to those, one place at a time, then
 * they go themselves.
 */
export function removalEdits(
  source: Source,
  uses: Uses,
  list: Node,
  gone: readonly Node[],
  style: Style,
): Edit[] {
  const isIn = (node: Node): boolean =>
    gone.includes(node) || uses.around(node).some((one) => gone.includes(one));
  const use = uses.all.find(({ alias, target }) => isIn(target) && !isIn(alias));
  if (use === undefined) return isSeq(list) ? withoutItems(source, list, gone) : [];
  if (use.merge !== undefined) {
    const into = mergedInto(uses, use.merge, use.alias);
    return into === undefined ? [] : writtenMerge(source, into, use.merge, style);
  }
  const others = uses.of(use.target).filter(({ alias }) => !isIn(alias));
  return expanded(source, use, others.length > 1, style);
}

function withoutItems(source: Source, list: YAMLSeq, gone: readonly Node[]): Edit[] {
  const items = itemsOf(list);
  if (list.flow) return [withoutFlowItems(source, list, gone)];
  const edits = gone.map((item) => withoutLines(source, items, item)).sort((a, b) => a.from - b.from);
  const joined: Edit[] = [];
  for (const edit of edits) {
    const last = joined.at(-1);
    if (last !== undefined && last.to >= edit.from) last.to = Math.max(last.to, edit.to);
    else joined.push(edit);
  }
  return joined;
}

/** An entry with the remarks in and right above it. Those above the first may be of the list. */
function withoutLines(source: Source, items: readonly Node[], item: Node): Edit {
  const { text } = source;
  const dash = dashOf(source, item);
  const column = dash - lineStart(source, dash);
  let from = lineStart(source, dash);
  let to = nextLine(source, Math.max(dash + 1, endOf(source, item)));
  const lineAt = (start: number): string => text.slice(start, nextLine(source, start));
  while (to < text.length && isRemark(lineAt(to), `{${column + 1},}`)) to = nextLine(source, to);
  if (items[0] === item) return { from, to: items.length === 1 ? to : afterBlank(source, to), text: "" };
  const above = (): number => lineStart(source, from - 1);
  while (from > 0 && isRemark(lineAt(above()), `{${column}}`)) from = above();
  while (from > 0 && lineAt(above()).trim() === "") from = above();
  return { from, to, text: "" };
}

const isRemark = (line: string, columns: string): boolean => new RegExp(`^ ${columns}#`).test(line);

function afterBlank(source: Source, offset: number): number {
  let at = offset;
  while (at < source.text.length && source.text.slice(at, nextLine(source, at)).trim() === "")
    at = nextLine(source, at);
  return at;
}
