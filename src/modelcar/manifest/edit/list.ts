import { isScalar, type Node, type YAMLSeq } from "yaml";
import { type Alignment, align } from "./align.ts";
import { flowListEdit } from "./flow-list.ts";
import { flowText, listNode, type Style, scalarText } from "./render.ts";
import {
  commentsIn,
  contentBefore,
  dashOf,
  type Edit,
  endOf,
  indentAt,
  isFirstOfLine,
  itemsOf,
  lineStart,
  nextLine,
  type Source,
  startOf,
  wholeStart,
} from "./source.ts";

/** The items of a list that are changed or gone. */
export function touchedItems(source: Source, list: YAMLSeq, args: readonly string[]): Node[] {
  const texts = textsOf(source, list);
  const { kept } = align(texts, args);
  return itemsOf(list).filter((_, i) => kept[i] !== texts[i]);
}

/** Puts the arguments into the list. What an argument that goes leaves behind are its comments. */
export function listEdits(source: Source, list: YAMLSeq, args: readonly string[], style: Style): Edit[] {
  const texts = textsOf(source, list);
  const alignment = align(texts, args);
  if (list.flow) return [flowListEdit(source, list, texts, alignment, style)];
  if (list.items.length === 0 || !canEditLines(source, list, alignment)) {
    const [from, to] = [startOf(list), endOf(source, list)];
    return [{ from, to, text: flowText(listNode(args, { flow: true }), style) }];
  }
  return [
    ...changedItems(source, list, texts, alignment),
    ...removedItems(source, list, texts, alignment),
    ...insertedItems(source, list, alignment),
    ...emptied(source, list, args),
  ];
}

const textsOf = ({ tree }: Source, list: YAMLSeq): string[] =>
  list.items.map((item) => {
    const node = tree.follow(item);
    return node !== undefined && "value" in node ? String(node.value) : "";
  });

/** A list whose first dash stands behind another has no line of its own for it. */
const canEditLines = (source: Source, list: YAMLSeq, { kept, inserted }: Alignment): boolean =>
  isFirstOfLine(source, dashOf(source, itemsOf(list)[0]!)) ||
  (kept[0] !== undefined && inserted[0]!.length === 0);

/** A changed item without its anchor, unless it keeps it. */
function replacedItem(source: Source, item: Node, value: string): Edit {
  return { from: wholeStart(source, item), to: endOf(source, item), text: scalarText(value, item) };
}

const changedItems = (source: Source, list: YAMLSeq, texts: readonly string[], { kept }: Alignment): Edit[] =>
  itemsOf(list).flatMap((item, i) => {
    const value = kept[i];
    return value === undefined || value === texts[i] ? [] : [replacedItem(source, item, value)];
  });

const removedItems = (source: Source, list: YAMLSeq, texts: readonly string[], { kept }: Alignment): Edit[] =>
  itemsOf(list).flatMap((item, i) => {
    if (kept[i] !== undefined) return [];
    const dash = dashOf(source, item);
    const to = nextLine(source, endOf(source, item));
    const remarks = commentsIn(source, dash, to).map(
      (comment) => `${indentAt(source, dash)}${comment.trimEnd()} (was at ${texts[i]})${source.eol}`,
    );
    return [{ from: lineStart(source, dash), to, text: remarks.join("") }];
  });

function insertedItems(source: Source, list: YAMLSeq, { inserted }: Alignment): Edit[] {
  const items = itemsOf(list);
  const indent = indentAt(source, dashOf(source, items[0]!));
  const sibling = items.findLast((item) => isScalar(item));
  return inserted.flatMap((args, i) => {
    if (args.length === 0) return [];
    const at =
      i === 0 ? lineStart(source, dashOf(source, items[0]!)) : nextLine(source, endOf(source, items[i - 1]!));
    return [
      {
        from: at,
        to: at,
        text: args.map((arg) => `${indent}- ${scalarText(arg, sibling)}${source.eol}`).join(""),
      },
    ];
  });
}

/** Below a key nothing would be null, which is no list. */
function emptied(source: Source, list: YAMLSeq, args: readonly string[]): Edit[] {
  const before = contentBefore(source, startOf(list));
  return args.length > 0 || before === undefined ? [] : [{ from: before.to, to: before.to, text: " []" }];
}
