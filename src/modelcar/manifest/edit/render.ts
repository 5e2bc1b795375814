import { Document, isMap, isScalar, isSeq, type Node, parseDocument, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { ExpectedError } from "../../../base/errors.ts";
import { isFlow, type Source } from "./source.ts";

/** How a file is laid out, so that what is new looks like what is there. */
export interface Style {
  /** Lists stand deeper than their key. */
  indentSeq: boolean;
  /** Columns of a level. */
  step: number;
  /** Room within braces and brackets that stand in one line. */
  padBraces: boolean;
  padBrackets: boolean;
  /** All texts stand in double quotes, keys as well: a program that reads JSON alone may read it. */
  isJson: boolean;
}

export function styleOf({ text, tokens }: Source): Style {
  const indentSeq = !/^( *)[^\s#-][^\r\n]*:[ \t]*(?:[&#][^\r\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*\1- /m.test(
    text,
  );
  const step = /^[^\s#-][^\r\n]*:[ \t]*\r?\n( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2;
  const padded = (type: string): boolean | undefined => {
    const at = tokens.findIndex((token, i) => token.type === type && !isEmptyAt(tokens, i));
    return at === -1 ? undefined : tokens[at + 1]?.type === "space";
  };
  return {
    ...{ indentSeq, step: Math.min(8, Math.max(2, step)) },
    padBraces: padded("flow-map-start") ?? true,
    padBrackets: padded("flow-seq-start") ?? false,
    isJson: isJson(text),
  };
}

function isJson(text: string): boolean {
  if (!/^\uFEFF?\s*\{/.test(text)) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return false;
  }
}

const isEmptyAt = (tokens: Source["tokens"], start: number): boolean =>
  ["newline", "flow-map-end", "flow-seq-end"].includes(
    tokens[tokens[start + 1]?.type === "space" ? start + 2 : start + 1]?.type ?? "",
  );

/** A text as a scalar of one line, in the manner of one that was there where that is possible. */
export function scalarText(value: string, like?: unknown): string {
  const type = isScalar(like) ? like.type : undefined;
  const single = `'${value.replaceAll("'", "''")}'`;
  const forms = type === "QUOTE_DOUBLE" ? [] : type === "QUOTE_SINGLE" ? [single] : [value];
  return forms.find((form) => isReadAs(form, value)) ?? JSON.stringify(value);
}

/** Within brackets, where fewer texts need no quotes than outside. */
function isReadAs(form: string, value: string): boolean {
  if (form === value && /^--[A-Za-z][\w.=/-]*$/.test(form)) return true;
  if (/[\r\n\u2028\u2029\u0085]/.test(form)) return false;
  const { contents, errors } = parseDocument(`[${form}, x]`, { logLevel: "silent" });
  const [first] = isSeq(contents) && contents.items.length === 2 ? contents.items : [];
  return errors.length === 0 && isScalar(first) && first.value === value && first.anchor === undefined;
}

/** A value in one line. */
export function flowText(node: unknown, style: Style): string {
  if (isSeq(node))
    return enclosed(
      "[",
      node.items.map((item) => flowText(item, style)),
      "]",
      style.padBrackets,
    );
  if (isMap(node)) {
    const pairs = node.items.map(({ key, value }) => `${flowText(key, style)}: ${flowText(value, style)}`);
    return enclosed("{", pairs, "}", style.padBraces);
  }
  if (!isScalar(node)) return "null";
  if (typeof node.value !== "string") return node.source ?? String(node.value);
  return style.isJson ? JSON.stringify(node.value) : scalarText(node.value, node);
}

function enclosed(open: string, parts: readonly string[], close: string, padded: boolean): string {
  const room = padded && parts.length > 0 ? " " : "";
  return `${open}${room}${parts.join(", ")}${room}${close}`;
}

/** A value in the lines that it takes below its key, not indented. */
export function blockLines(node: Node, style: Style): string[] {
  const text = new Document(node).toString({
    ...{ lineWidth: 0, indent: style.step, indentSeq: style.indentSeq },
    ...{ flowCollectionPadding: style.padBrackets, verifyAliasOrder: false },
  });
  return text.replace(/\n$/, "").split("\n");
}

export function listNode(args: readonly string[], like: unknown): YAMLSeq<Scalar> {
  const list = new YAMLSeq<Scalar>();
  list.items = args.map((arg) => new Scalar(arg));
  if (isFlow(like) || args.length === 0) list.flow = true;
  return list;
}

export function mapNode(values: Iterable<readonly [string, Node]>, like: unknown): YAMLMap {
  const map = new YAMLMap();
  for (const [key, value] of values) map.set(new Scalar(key), value);
  if (isFlow(like) || map.items.length === 0) map.flow = true;
  return map;
}

const MAX_DEPTH = 40;

/** The value with all that it refers to written out, without anchors, comments and merges. */
export function writtenOut(source: Source, node: unknown, tooDeep: () => ExpectedError, depth = 0): Node {
  if (depth > MAX_DEPTH) throw tooDeep();
  const inner = (value: unknown) => writtenOut(source, value, tooDeep, depth + 1);
  const { tree } = source;
  const target = tree.follow(node);
  if (isMap(target))
    return mapNode(
      [...tree.fields(target)].map(([key, { value }]) => [key, inner(value)] as const),
      target,
    );
  if (isSeq(target)) {
    const list = new YAMLSeq();
    list.items = target.items.map(inner);
    if (isFlow(target)) list.flow = true;
    return list;
  }
  const scalar = new Scalar(isScalar(target) ? target.value : null);
  if (isScalar(target) && typeof target.value !== "string" && target.source) scalar.source = target.source;
  return scalar;
}
