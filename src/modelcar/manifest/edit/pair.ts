import { isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { blockLines, flowText, type Style } from "./render.ts";
import {
  anchorOf,
  commentsIn,
  contentAfter,
  contentBefore,
  type Edit,
  endOf,
  indentAt,
  isFirstOfLine,
  isFlow,
  lineStart,
  nextLine,
  type Source,
  startOf,
} from "./source.ts";

/** Pairs that the mapping has not, behind its others. */
export function addedPairs(
  source: Source,
  map: YAMLMap,
  pairs: readonly (readonly [key: string, value: Node])[],
  style: Style,
): Edit[] {
  if (pairs.length === 0) return [];
  if (isFlow(map)) {
    const name = (key: string): string => (style.isJson ? JSON.stringify(key) : key);
    const inside = pairs.map(([key, value]) => `${name(key)}: ${flowText(value, style)}`).join(", ");
    return [addedInBraces(source, map, inside, style)];
  }
  const at = nextLine(source, endOf(source, map));
  const indent = indentAt(source, startOf(map));
  const lines = pairs.flatMap(([key, value]) =>
    isFlow(value) || isScalar(value)
      ? [`${indent}${key}: ${flowText(value, style)}`]
      : [`${indent}${key}:`, ...nested(value, indent, style)],
  );
  return [{ from: at, to: at, text: lines.map((line) => line + source.eol).join("") }];
}

function addedInBraces(source: Source, map: YAMLMap, text: string, style: Style): Edit {
  const last = contentBefore(source, endOf(source, map) - 1);
  const [from, room] = [last?.to ?? startOf(map), style.padBraces ? " " : ""];
  if (map.items.length > 0) return { from, to: from, text: `${last?.text === "," ? " " : ", "}${text}` };
  return { from: startOf(map), to: endOf(source, map), text: `{${room}${text}${room}}` };
}

/** The value of a pair written anew: in its line where it is in braces, else below its key. */
export function replacedValue(source: Source, owner: Node, pair: Pair, value: Node, style: Style): Edit[] {
  const { from, to } = valuePlace(source, pair);
  if (isFlow(owner) || isFlow(value)) {
    const room = /\s/.test(source.text[from - 1] ?? "") ? "" : " ";
    return [{ from, to, text: `${room}${flowText(value, style)}` }];
  }
  const lines = nested(value, indentAt(source, startOf(owner)), style);
  if (!isFirstOfLine(source, from)) return below(source, { from, to }, lines);
  const indent = /^ */.exec(lines[0] ?? "")![0];
  const remarks = commentsIn(source, from, nextLine(source, to)).map((comment) => indent + comment.trimEnd());
  const text = [...remarks, ...lines].map((line) => line + source.eol).join("");
  return [{ from: lineStart(source, from), to: nextLine(source, to), text }];
}

/** Takes the value out of its line, and puts lines below that. */
export function below(
  source: Source,
  { from, to }: { from: number; to: number },
  lines: readonly string[],
  head = "",
): Edit[] {
  const before = source.text.slice(0, from);
  const start = head === "" ? before.replace(/[ \t]+$/, "").length : from;
  const at = nextLine(source, to);
  return [
    { from: start, to, text: head },
    { from: at, to: at, text: lines.map((line) => line + source.eol).join("") },
  ];
}

/** Where the value stands, behind its anchor; behind the colon where there is none. */
function valuePlace(source: Source, { key, value }: Pair): { from: number; to: number } {
  const node = value as Node | null;
  if (node !== null && endOf(source, node) > startOf(node))
    return { from: startOf(node), to: endOf(source, node) };
  const anchor = node === null ? undefined : anchorOf(source, node);
  const colon = contentAfter(source, endOf(source, key as Node));
  const at = anchor?.to ?? colon?.to ?? endOf(source, key as Node);
  return { from: at, to: at };
}

/** The indentation of a value below a key that stands at one. */
export const nestedIndent = (indent: string, value: Node, style: Style): string =>
  isSeq(value) && !style.indentSeq ? indent : indent + " ".repeat(style.step);

/** The lines of a value below a key that stands at an indentation. */
export function nested(value: Node, indent: string, style: Style): string[] {
  const deeper = nestedIndent(indent, value, style);
  return blockLines(value, style).map((line) => (line === "" ? line : deeper + line));
}
