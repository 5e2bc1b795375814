import { isAlias, isScalar, type Node, visit } from "yaml";
import { ExpectedError } from "../../../base/errors.ts";
import { below, nestedIndent } from "./pair.ts";
import { blockLines, flowText, type Style, writtenOut } from "./render.ts";
import {
  anchorOf,
  commentsIn,
  contentBefore,
  type Edit,
  endOf,
  indentAt,
  isFlow,
  lineStart,
  nextLine,
  type Source,
  startOf,
} from "./source.ts";
import type { Use, Uses } from "./uses.ts";

/** Whether what has the anchor can be moved, as it is written, to the first place that uses it. */
export function canHandOver({ document }: Source, uses: Uses, target: Node): boolean {
  const [first] = uses.of(target);
  if (first === undefined || first.merge !== undefined) return false;
  let isPlain = true;
  visit(document, {
    Node: (_, node) => {
      if (!uses.around(node).includes(target)) return;
      if (isAlias(node) || uses.of(node).length > 0) isPlain = false;
    },
  });
  return isPlain;
}

/** The text of an anchor, without which its node is nobody's but its own. */
export function withoutAnchor(source: Source, node: Node): Edit[] {
  const anchor = anchorOf(source, node);
  if (anchor === undefined) return [];
  const behind = /^[ \t]+/.exec(source.text.slice(anchor.to))?.[0] ?? "";
  const isLast = /^\s*(\r?\n|$)/.test(source.text.slice(anchor.to).slice(behind.length));
  const from = isLast && source.text[anchor.from - 1] === " " ? anchor.from - 1 : anchor.from;
  return [{ from, to: isLast ? anchor.to : anchor.to + behind.length, text: "" }];
}

/**
 * Puts at a place that uses an anchor what it stands for. `anchored`: with the anchor, for the places that use it further
 * below.
 */
export function expanded(source: Source, use: Use, anchored: boolean, style: Style): Edit[] {
  const { alias, target, owner, pair } = use;
  const name = anchored ? `&${alias.source}` : "";
  const place = { from: startOf(alias), to: endOf(source, alias) };
  const isInLine = isFlow(owner) || isFlow(target) || isScalar(target);
  const value = writtenOut(source, target, tooDeep(source, target));
  if (isInLine) {
    const text = isOneLine(source, target) ? sourceOf(source, target) : flowText(value, style);
    return [{ ...place, text: [name, text].filter((part) => part !== "").join(" ") }];
  }
  const indent = indentAt(source, startOf(owner));
  if (pair !== undefined)
    return below(source, place, linesAt(source, use, nestedIndent(indent, target, style)), name);
  const [first = "", ...rest] = linesAt(source, use, `${indent}  `);
  return anchored
    ? below(source, place, [first, ...rest], name)
    : below(source, place, rest, first.trimStart());
}

/** Told of a value that holds itself. */
export const tooDeep = (source: Source, node: Node) => () =>
  new ExpectedError(
    `line ${source.tree.placeOf(node).line}: the value refers to itself, or is nested too deeply to be written out`,
  );

const sourceOf = (source: Source, node: Node): string =>
  source.text.slice(startOf(node), endOf(source, node));

/** Whether the text of the node can stand anywhere as it is. */
const isOneLine = (source: Source, node: Node): boolean =>
  (isFlow(node) || (isScalar(node) && !node.type?.startsWith("BLOCK"))) &&
  !/[\r\n*&]/.test(sourceOf(source, node));

/** The lines of a block where an alias stood: as they are written, comments included, where nothing in them refers. */
function linesAt(source: Source, { target }: Use, indent: string): string[] {
  const text = sourceOf(source, target);
  if (/[*&]/.test(text)) {
    const value = writtenOut(source, target, tooDeep(source, target));
    return blockLines(value, {
      indentSeq: true,
      step: 2,
      padBraces: true,
      padBrackets: false,
      isJson: false,
    }).map((line) => indent + line);
  }
  const column = startOf(target) - lineStart(source, startOf(target));
  const lines = text.split(/\r?\n/).map((line, i) => {
    const bare = i === 0 ? line : line.slice(Math.min(column, /^ */.exec(line)![0].length));
    return bare === "" ? "" : indent + bare;
  });
  return [...remarksAbove(source, target).map((remark) => indent + remark), ...lines];
}

/** Comments on lines of their own between the key and what stands below it. */
function remarksAbove(source: Source, node: Node): string[] {
  const head = contentBefore(source, startOf(node));
  const from = head === undefined ? startOf(node) : nextLine(source, head.to);
  return from >= startOf(node) ? [] : commentsIn(source, from, startOf(node)).map((text) => text.trimEnd());
}
