import { isScalar, type Node, type YAMLSeq } from "yaml";
import type { Alignment } from "./align.ts";
import { type Style, scalarText } from "./render.ts";
import { type Edit, endOf, itemsOf, type Source, startOf, wholeStart } from "./source.ts";

/** What is written between the brackets, from left to right. */
interface Writer {
  out: string;
  /** Whether an item was written. */
  hasItem: boolean;
  /** What stands before the next item: room, one comma where it follows another, remarks. */
  gap: string;
  /** Whether the gap was made for an item that follows. */
  isMade: boolean;
  /** Between two items, a line each where the list has lines. */
  readonly between: string;
}

/** The edit of a list in brackets, which may go over several lines. */
export function flowListEdit(
  source: Source,
  list: YAMLSeq,
  texts: readonly string[],
  { kept, inserted }: Alignment,
  style: Style,
): Edit {
  const [from, to] = [startOf(list) + 1, endOf(source, list) - 1];
  const items = itemsOf(list);
  const gaps = gapsOf(source, items, from, to);
  const room = style.padBrackets ? " " : "";
  const first = items.length === 0 && gaps[0]!.trim() === "" && !gaps[0]!.includes("\n") ? room : gaps[0]!;
  const between = betweenOf(gaps[0]!, source.eol);
  const writer: Writer = { out: "", hasItem: false, gap: first, isMade: false, between };
  const sibling = items.findLast((item) => isScalar(item));
  for (const arg of inserted[0]!) add(writer, scalarText(arg, sibling));
  for (const [i, item] of items.entries()) {
    const [value, gap] = [kept[i], gaps[i + 1]!];
    if (value === undefined) drop(writer, gap, i === items.length - 1, texts[i]!);
    else keep(writer, value === texts[i] ? written(source, item) : scalarText(value, item), gap);
    for (const arg of inserted[i + 1]!) add(writer, scalarText(arg, sibling));
  }
  const last = gaps.at(-1)!;
  return { from, to, text: writer.out + lastGap(writer, last.trim() === "" ? last : room) };
}

/** A list in brackets without some of its items. */
export function withoutFlowItems(source: Source, list: YAMLSeq, gone: readonly Node[]): Edit {
  const [from, to] = [startOf(list) + 1, endOf(source, list) - 1];
  const items = itemsOf(list);
  const gaps = gapsOf(source, items, from, to);
  const writer: Writer = { out: "", hasItem: false, gap: gaps[0]!, isMade: false, between: ", " };
  for (const [i, item] of items.entries()) {
    if (gone.includes(item)) drop(writer, gaps[i + 1]!, i === items.length - 1);
    else keep(writer, written(source, item), gaps[i + 1]!);
  }
  return { from, to, text: writer.out + lastGap(writer, "") };
}

function lastGap({ gap, isMade, hasItem }: Writer, end: string): string {
  if (isMade) return end;
  return hasItem || gap.trim() !== "" ? gap : "";
}

const written = (source: Source, item: Node): string =>
  source.text.slice(wholeStart(source, item), endOf(source, item));

function gapsOf(source: Source, items: readonly Node[], from: number, to: number): string[] {
  const starts = [...items.map((item) => wholeStart(source, item)), to];
  const ends = [from, ...items.map((item) => endOf(source, item))];
  return starts.map((start, i) => source.text.slice(ends[i], start));
}

function betweenOf(first: string, eol: string): string {
  const line = /\n([ \t]*)$/.exec(first);
  return line === null ? ", " : `,${eol}${line[1]}`;
}

/** An item that was there, with what stood behind it. */
function keep(writer: Writer, item: string, after: string): void {
  writer.out += writer.gap + item;
  Object.assign(writer, { hasItem: true, gap: after, isMade: false });
}

/** An item that is new. What stands behind the item before it on the same line is a remark on that. */
function add(writer: Writer, item: string): void {
  const { hasItem, gap, isMade, between } = writer;
  const remark = /^([ \t]*)(,?)([ \t]*#[^\r\n]*)(\r?\n[ \t]*)([\s\S]*)$/.exec(gap);
  if (!hasItem || isMade) {
    writer.out += gap + item;
    Object.assign(writer, { hasItem: true, gap: between, isMade: true });
  } else if (remark === null) writer.out += between + item;
  else {
    const [, room, comma, comment, line, rest] = remark;
    writer.out += `,${room}${comment}${between === ", " ? line : between.slice(1)}${item}`;
    writer.gap = `${comma}${line}${rest}`;
  }
}

/** An item that goes, `after` what stood behind it. Remarks stay. */
function drop(writer: Writer, after: string, isLast: boolean, text?: string): void {
  const { gap, hasItem } = writer;
  const remark = /^[ \t]*,?[ \t]*#[^\r\n]*/.exec(after)?.[0];
  if (!gap.includes("#") && !after.includes("#")) {
    if (isLast && hasItem) Object.assign(writer, { gap: after, isMade: false });
    return;
  }
  const told =
    remark === undefined || text === undefined
      ? after
      : `${remark.trimEnd()} (was at ${text})${after.slice(remark.length)}`;
  const rest = told.replace(/^((?:\s+|#[^\r\n]*)*),/, "$1");
  writer.gap = gap + (/\s$/.test(gap) ? rest.trimStart() : rest);
  writer.isMade = false;
}
