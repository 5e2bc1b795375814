import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from "yaml";

/** Keeps a block that aliases refer to, below a key of its own at the top of the file. */
export function moveToTop(document: Document, block: Node, anchor: string): void {
  if (!isMap(document.contents)) return;
  const pair = document.createPair(`x-${anchor}`, null);
  pair.value = withoutAliases(document, block);
  document.contents.items.unshift(pair);
}

/** At the top of the file, nothing that is referred to stands above. */
function withoutAliases(document: Document, node: unknown): Node | null {
  if (isAlias(node)) return withoutAliases(document, withoutAnchors(node.resolve(document)?.clone()));
  if (isMap(node)) for (const pair of node.items) pair.value = withoutAliases(document, pair.value);
  if (isSeq(node)) node.items = node.items.map((item) => withoutAliases(document, item));
  return isMap(node) || isSeq(node) || isScalar(node) ? node : null;
}

/** The node and all in it, no longer to be referred to. */
export function withoutAnchors(node: unknown): unknown {
  if (isMap(node) || isSeq(node) || isScalar(node)) delete node.anchor;
  if (isMap(node)) for (const { value } of node.items) withoutAnchors(value);
  if (isSeq(node)) for (const item of node.items) withoutAnchors(item);
  return node;
}

/** Anchors that stood in a model which is left out may be used below. */
export function keepAnchors(document: Document, item: unknown): void {
  if ((isMap(item) || isSeq(item) || isScalar(item)) && item.anchor !== undefined) {
    moveToTop(document, item, item.anchor);
    return;
  }
  if (isMap(item)) for (const { value } of item.items) keepAnchors(document, value);
  if (isSeq(item)) for (const inner of item.items) keepAnchors(document, inner);
}
