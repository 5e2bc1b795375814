import { CST, type Document, isSeq, Lexer, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { type Tree, treeOf } from "../tree.ts";

/** A piece of the text, as the lexer of YAML cuts it. */
interface Token {
  type: string;
  from: number;
  to: number;
  text: string;
}

/** A text with its nodes and where they stand. Offsets count characters of the text, a byte order mark among them. */
export interface Source {
  text: string;
  document: Document;
  tree: Tree;
  /** What ends a line in this file. */
  eol: string;
  tokens: readonly Token[];
}

/** A place of the text, `to` not in it, and what is to stand there. */
export interface Edit {
  from: number;
  to: number;
  text: string;
}

export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: "error" });
  const tree = treeOf(document, lines, "");
  return { text, document, tree, eol: eolOf(text), tokens: tokensOf(text) };
}

export const eolOf = (text: string): string => /\r?\n/.exec(text)?.[0] ?? "\n";

/** All the edits at once, last first so that the places of the others stay. They must not overlap. */
export const spliced = (text: string, edits: readonly Edit[]): string =>
  edits
    .toReversed()
    .sort((a, b) => b.from - a.from || b.to - a.to)
    .reduce((whole, edit) => whole.slice(0, edit.from) + edit.text + whole.slice(edit.to), text);

export const overlaps = (a: Edit, b: Edit): boolean => a.from < b.to && b.from < a.to;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let [from, isScalar] = [0, false];
  for (const piece of new Lexer().lex(text)) {
    const type = isScalar ? "scalar" : (CST.tokenType(piece) ?? "error");
    if (!isScalar && (type === "scalar" || type === "doc-mode" || type === "flow-error-end")) {
      isScalar = type === "scalar"; // marks of the lexer, which stand for no text
      continue;
    }
    tokens.push({ type, from, to: from + piece.length, text: piece });
    [from, isScalar] = [from + piece.length, false];
  }
  return tokens;
}

const EMPTY = ["space", "newline", "comment", "byte-order-mark"];
const isContent = ({ type }: Token): boolean => !EMPTY.includes(type);

/** Index of the first token that does not end before the offset. */
function tokenAt({ tokens }: Source, offset: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens[middle]!.to <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last token before an offset that is neither room nor remark. */
export function contentBefore(source: Source, offset: number): Token | undefined {
  for (let i = tokenAt(source, offset); i >= 0; i--) {
    const token = source.tokens[i];
    if (token !== undefined && token.to <= offset && isContent(token)) return token;
  }
  return undefined;
}

export const contentAfter = (source: Source, offset: number): Token | undefined => {
  for (let i = tokenAt(source, offset); i < source.tokens.length; i++)
    if (isContent(source.tokens[i]!)) return source.tokens[i];
  return undefined;
};

export function commentsIn(source: Source, from: number, to: number): string[] {
  const found: string[] = [];
  for (let i = tokenAt(source, from); i < source.tokens.length && source.tokens[i]!.from < to; i++)
    if (source.tokens[i]!.type === "comment") found.push(source.tokens[i]!.text);
  return found;
}

/** Where the node begins, its anchor and tag not counted. */
export const startOf = (node: Node): number => node.range?.[0] ?? 0;

/** Where the last thing of the node ends, comments and line ends not counted. */
export function endOf(source: Source, node: Node): number {
  const from = startOf(node);
  const flowEnd = node.range?.[1] ?? from;
  const last = contentBefore(source, "flow" in node && node.flow ? flowEnd : (node.range?.[2] ?? flowEnd));
  const end = last === undefined || last.from < from ? from : last.to;
  return end - (/(\r?\n)+$/.exec(source.text.slice(from, end))?.[0].length ?? 0);
}

/** Where the anchor of the node stands; undefined: it has none. */
export function anchorOf(source: Source, node: Node): Token | undefined {
  const name = "anchor" in node ? node.anchor : undefined;
  if (typeof name !== "string") return undefined;
  for (let i = tokenAt(source, startOf(node)); i >= 0; i--) {
    const token = source.tokens[i];
    if (token?.type === "anchor" && token.text === `&${name}` && token.to <= startOf(node)) return token;
  }
  return undefined;
}

/** Where the node begins, its anchor counted. */
export const wholeStart = (source: Source, node: Node): number =>
  anchorOf(source, node)?.from ?? startOf(node);

export function lineStart({ text }: Source, offset: number): number {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && text.startsWith("\uFEFF") ? 1 : start;
}

/** Where the next line begins. The text is taken to end with a line end. */
export function nextLine({ text }: Source, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

/** The indentation of what begins at an offset, dashes before it counted as room. */
export const indentAt = (source: Source, offset: number): string =>
  " ".repeat(offset - lineStart(source, offset));

export const isFirstOfLine = (source: Source, offset: number): boolean =>
  source.text.slice(lineStart(source, offset), offset).trim() === "";

/** The dash of an item in a block list. */
export function dashOf(source: Source, item: Node): number {
  let token = contentBefore(source, wholeStart(source, item));
  while (token !== undefined && token.type !== "seq-item-ind") token = contentBefore(source, token.from);
  return token?.from ?? startOf(item);
}

export const isFlow = (node: unknown): boolean =>
  typeof node === "object" && node !== null && "flow" in node && node.flow === true;

/** A pair of a mapping, by its key; not those that are merged in. */
export function ownPair(items: readonly Pair[], key: string): Pair | undefined {
  return items.find(
    ({ key: node }) => typeof node === "object" && node !== null && "value" in node && node.value === key,
  );
}

export const itemsOf = (node: unknown): Node[] => (isSeq<Node>(node) ? node.items : []);
