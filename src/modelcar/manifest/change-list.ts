import { type Document, isAlias, isScalar, type Node, Scalar, type YAMLSeq } from "yaml";
import { isText } from "./tree.ts";

/** Puts the arguments into the list; items that stay, or keep their flag, keep their comments. */
export function changeList(document: Document, list: YAMLSeq, args: readonly string[]): void {
  const free = new Set<unknown>(list.items);
  const textOf = (item: unknown): string | undefined => {
    const node = isAlias(item) ? item.resolve(document) : item;
    return isText(node) ? node.value : undefined;
  };
  const take = (matches: (text: string) => boolean): unknown => {
    for (const item of free) {
      const text = textOf(item);
      if (text === undefined || !matches(text)) continue;
      free.delete(item);
      return item;
    }
    return undefined;
  };
  const items = args.map((arg) => take((text) => text === arg));
  for (const [index, arg] of args.entries()) {
    items[index] ??= changed(
      take((text) => flagOf(text) !== "" && flagOf(text) === flagOf(arg)),
      arg,
    );
  }
  const left = [...free].flatMap((item) => remarksOf(item, textOf(item)));
  list.items = items;
  if (left.length > 0) list.comment = [list.comment, ...left].filter((text) => text != null).join("\n");
}

const flagOf = (argument: string): string => /^--[^=\s]+/.exec(argument)?.[0] ?? "";

function changed(item: unknown, value: string): Node {
  const node = isScalar(item) && item.anchor === undefined ? item : new Scalar(value);
  node.value = value;
  delete node.source;
  return node;
}

/** What stood beside an argument that is gone. */
function remarksOf(item: unknown, text: string | undefined): string[] {
  if (!isScalar(item)) return [];
  const left = remarks(item);
  return left.length === 0 ? [] : [...left, ` (was at ${text})`];
}

/** The comments of a value, above and beside it. */
export const remarks = ({ commentBefore, comment }: Scalar): string[] =>
  [commentBefore, comment].filter((remark) => remark != null);
