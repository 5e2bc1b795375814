import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, YAMLMap, YAMLSeq } from "yaml";
import { keepAnchors, moveToTop, withoutAnchors } from "./anchors.ts";
import { changeList, remarks } from "./change-list.ts";
import { styleOf } from "./style.ts";
import type { ModelCar } from "./types.ts";

/** What is to be different for one model in the generated file. */
export interface ModelChange {
  /** The model's name in the file. */
  name: string;
  /** All its arguments, in order. */
  args?: readonly string[];
  gpuCount?: number;
  /** Leave the model out. */
  remove?: boolean;
}

/**
 * The file's text with the changes in it. Everything else stays as it was written, comments and anchors included: shared
 * blocks are never changed, a model that used one gets a block of its own. An argument that goes leaves its comment
 * behind. Writing the result once more changes nothing.
 */
export function rewriteArguments(car: ModelCar, changes: readonly ModelChange[]): string {
  const document = parseDocument(car.text, { merge: true, logLevel: "error" });
  const byName = new Map(changes.map((change) => [change.name, change]));
  const cars = follow(document, rootValue(document, "model-car"));
  const nodes = new Map(
    (isSeq(cars) ? cars.items : [cars]).map((item, index) => [car.models[index]?.name, item]),
  );
  for (const { name, args, gpuCount } of car.models) {
    const change = byName.get(name);
    const node = ownEntry(document, nodes.get(name), cars);
    if (change === undefined || change.remove || node === undefined) continue;
    const newArgs = change.args !== undefined && !sameList(change.args, args) ? change.args : undefined;
    const newCount = change.gpuCount !== gpuCount ? change.gpuCount : undefined;
    if (newArgs === undefined && newCount === undefined) continue;
    changeServing(document, node, newArgs ?? args, newCount ?? gpuCount);
  }
  removeModels(document, cars, nodes, byName);
  return settled(document.toString(styleOf(car)), styleOf(car));
}

/** The printer moves a comment of a list that became empty; written again, it stays. */
function settled(text: string, style: ReturnType<typeof styleOf>): string {
  let last = text;
  for (let round = 0; round < 4; round++) {
    const next = parseDocument(last, { merge: true, logLevel: "error" }).toString(style);
    if (next === last) break;
    last = next;
  }
  return last;
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

const rootValue = (document: Document, key: string): unknown =>
  isMap(document.contents) ? document.contents.get(key, true) : undefined;

const follow = (document: Document, node: unknown): unknown =>
  isAlias(node) ? node.resolve(document) : node;

/** The entry's mapping, made its own when the list has it by alias. */
function ownEntry(document: Document, item: unknown, cars: unknown): YAMLMap | undefined {
  if (isMap(item)) return item;
  const target = follow(document, item);
  if (!isMap(target) || !isSeq(cars)) return undefined;
  const copy = withoutAnchors(target.clone());
  if (!isMap(copy)) return undefined;
  cars.items[cars.items.indexOf(item)] = copy;
  return copy;
}

function changeServing(
  document: Document,
  entry: YAMLMap,
  args: readonly string[],
  gpuCount: number | undefined,
): void {
  const own = entry.get("serving_arguments", true);
  const block = isMap(own) && own.anchor === undefined ? own : newBlock(document, entry, own);
  const list = block.get("args", true);
  if (isSeq(list) && list.anchor === undefined) changeList(document, list, args);
  else block.set("args", listOf(document, follow(document, list), args));
  if (gpuCount !== undefined && block.get("gpu_count") !== gpuCount) block.set("gpu_count", gpuCount);
}

/** A block with an anchor is others' too: they keep it, the model gets a copy. Where it is defined, it must stay. */
function newBlock(document: Document, entry: YAMLMap, shared: unknown): YAMLMap {
  const target = follow(document, shared);
  const copy = isMap(target) ? withoutAnchors(target.clone()) : undefined;
  const block = isMap(copy) ? copy : new YAMLMap();
  if (isScalar(shared)) block.comment = remarks(shared).join("\n") || null;
  if (isMap(shared) && shared.anchor !== undefined) moveToTop(document, shared, shared.anchor);
  entry.set("serving_arguments", block);
  return block;
}

function listOf(document: Document, old: unknown, args: readonly string[]): YAMLSeq {
  const list = isSeq(old) ? withoutAnchors(old.clone()) : new YAMLSeq();
  const own = isSeq(list) ? list : new YAMLSeq();
  if (isScalar(old)) own.comment = remarks(old).join("\n") || null;
  if (isSeq(old) && old.anchor !== undefined) moveToTop(document, old, old.anchor);
  changeList(document, own, args);
  return own;
}

function removeModels(
  document: Document,
  cars: unknown,
  nodes: ReadonlyMap<string | undefined, unknown>,
  changes: ReadonlyMap<string, ModelChange>,
): void {
  const gone = [...nodes].filter(([name]) => name !== undefined && changes.get(name)?.remove);
  if (gone.length === 0) return;
  for (const [, item] of gone) keepAnchors(document, item);
  const removed = new Set(gone.map(([, item]) => item));
  if (isSeq(cars)) for (const item of removed) passOnRemark(cars, item);
  if (isSeq(cars)) cars.items = cars.items.filter((item) => !removed.has(item));
  else document.set("model-car", new YAMLSeq());
}

/** A comment above the next model counts as one of this model's when this ends with an empty value. */
function passOnRemark(cars: YAMLSeq, item: unknown): void {
  let last = item;
  while (isMap(last)) last = last.items.at(-1)?.value;
  const next = cars.items[cars.items.indexOf(item) + 1];
  if (!isScalar(last) || last.value !== null || !last.comment) return;
  if (isMap(next)) next.commentBefore = [last.comment, next.commentBefore].filter((text) => text).join("\n");
  else cars.comment = [last.comment, cars.comment].filter((text) => text).join("\n");
}
