import { isAlias, isMap, isSeq, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { canHandOver, expanded, tooDeep, withoutAnchor } from "./hand-over.ts";
import { listEdits, touchedItems } from "./list.ts";
import { argsAt, countAt, type ModelPlace } from "./models.ts";
import { addedPairs, replacedValue } from "./pair.ts";
import { listNode, mapNode, type Style, writtenOut } from "./render.ts";
import { type Edit, endOf, overlaps, ownPair, type Source, startOf, wholeStart } from "./source.ts";
import type { Uses } from "./uses.ts";

/** What a model is to ask for. */
export interface Wanted {
  args: readonly string[];
  gpuCount: number | undefined;
}

export interface Step {
  edits: Edit[];
  /** Nothing that others use is touched. */
  isLocal: boolean;
}

interface Work {
  source: Source;
  uses: Uses;
  style: Style;
  places: readonly ModelPlace[];
  wanted: ReadonlyMap<string, Wanted>;
}

type Key = "args" | "gpu_count";

export const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** What of a model's serving arguments is not yet as it is wanted. */
export function differing({ source, wanted }: Pick<Work, "source" | "wanted">, place: ModelPlace): Key[] {
  const want = wanted.get(place.name);
  if (want === undefined) return [];
  return [
    ...(sameList(want.args, argsAt(source, place)) ? [] : (["args"] as const)),
    ...(want.gpuCount === countAt(place) ? [] : (["gpu_count"] as const)),
  ];
}

/**
 * Edits towards what one model wants: where it is written when all who use that want the same; else in the model's own
 * entry. Others whose value changes by that are put right by later steps.
 */
export function stepFor(work: Work, place: ModelPlace): Step {
  const keys = differing(work, place);
  const shared = keys.filter((key) => allWant(work, place, key));
  const rest = keys.filter((key) => !shared.includes(key));
  const edits = [...shared.flatMap((key) => sharedEdits(work, place, key)), ...ownEdits(work, place, rest)];
  const nodes = shared.flatMap((key) => nodeOf(place, key) ?? []);
  const isAlone = work.places.every(
    (other) => other === place || !nodes.some((node) => node === other.args || node === other.count),
  );
  const isLocal = isAlone && [place.entry, ...nodes].every((node) => work.uses.sharedWith(node).length === 0);
  return { edits, isLocal };
}

const nodeOf = (place: ModelPlace, key: Key): Node | undefined => (key === "args" ? place.args : place.count);

function allWant({ places, wanted }: Work, place: ModelPlace, key: Key): boolean {
  const node = nodeOf(place, key);
  const want = wanted.get(place.name)!;
  if (key === "args" ? !isSeq(node) : node === undefined) return false;
  return places
    .filter((other) => nodeOf(other, key) === node)
    .every(({ name }) => {
      const other = wanted.get(name);
      return (
        other !== undefined &&
        (key === "args" ? sameList(other.args, want.args) : other.gpuCount === want.gpuCount)
      );
    });
}

/** At the node itself, wherever it stands. */
function sharedEdits(work: Work, place: ModelPlace, key: Key): Edit[] {
  const { source } = work;
  const want = work.wanted.get(place.name)!;
  if (key === "args" && isSeq(place.args)) return argsEdits(work, place.args, want.args);
  const node = place.count;
  return node === undefined
    ? []
    : [{ from: startOf(node), to: endOf(source, node), text: String(want.gpuCount) }];
}

function ownEdits(work: Work, place: ModelPlace, keys: readonly Key[]): Edit[] {
  const { source, style } = work;
  if (keys.length === 0) return [];
  const { own, block, entry } = place;
  const isUnset = keys.includes("gpu_count") && work.wanted.get(place.name)!.gpuCount === undefined;
  if (isMap(own?.value) && !isUnset) return inBlock(work, place, own.value, keys);
  const values = new Map<string, Node>();
  for (const [key, { value }] of block === undefined ? [] : source.tree.fields(block))
    values.set(key, writtenOut(source, value, tooDeep(source, entry)));
  for (const key of keys) values.set(key, wantedValue(work, place, key));
  if (isUnset) values.delete("gpu_count");
  const value = mapNode(values, block);
  return own === undefined
    ? addedPairs(source, entry, [["serving_arguments", value]], style)
    : replacedValue(source, entry, own, value, style);
}

const wantedValue = ({ wanted }: Work, place: ModelPlace, key: Key): Node => {
  const { args, gpuCount } = wanted.get(place.name)!;
  return key === "args" ? listNode(args, place.args) : new Scalar(gpuCount);
};

function inBlock(work: Work, place: ModelPlace, block: YAMLMap, keys: readonly Key[]): Edit[] {
  const isThere = (key: Key): boolean => ownPair(block.items, key) !== undefined;
  const added = keys
    .filter((key) => !isThere(key))
    .map((key) => [key, wantedValue(work, place, key)] as const);
  return [
    ...handedOver(work, place, keys),
    ...keys.filter(isThere).flatMap((key) => changedPair(work, place, block, key)),
    ...addedPairs(work.source, block, added, work.style),
  ];
}

function changedPair(work: Work, place: ModelPlace, block: YAMLMap, key: Key): Edit[] {
  const { source, style } = work;
  const pair = ownPair(block.items, key)!;
  const { args, gpuCount } = work.wanted.get(place.name)!;
  if (key === "args" && isSeq(pair.value)) return argsEdits(work, pair.value, args);
  if (key === "gpu_count") return [countEdit(source, pair, String(gpuCount))];
  return replacedValue(source, block, pair, wantedValue(work, place, key), style);
}

function countEdit(source: Source, { value }: Pair, text: string): Edit {
  const node = value as Node;
  const from = isAlias(node) ? wholeStart(source, node) : startOf(node);
  return { from, to: endOf(source, node), text };
}

/** Items with an anchor that others use go to the first of those, when they are changed. */
function argsEdits({ source, uses, style }: Work, list: YAMLSeq, args: readonly string[]): Edit[] {
  const touched = new Set(touchedItems(source, list, args));
  const edits = listEdits(source, list, args, style);
  const moved = [...touched].flatMap((item) => {
    const [use, ...others] = uses.of(item).filter(({ alias }) => !touched.has(alias));
    return use === undefined ? [] : expanded(source, use, others.length > 0, style);
  });
  return [...edits, ...moved.filter((edit) => !edits.some((other) => overlaps(edit, other)))];
}

/** A block, or a list, that others use as it is: the first of those gets it, with its anchor. */
function handedOver(work: Work, place: ModelPlace, keys: readonly Key[]): Edit[] {
  const { source, uses, style } = work;
  const block = place.own?.value;
  if (!isMap(block)) return [];
  const inIt = keys.flatMap((key) => ownPair(block.items, key)?.value ?? []) as Node[];
  const shared = uses.sharedWith(block);
  const [target] = shared;
  if (shared.length !== 1 || target === undefined) return [];
  if (target !== block && !(inIt.includes(target) && !isAlias(target))) return [];
  if (!canHandOver(source, uses, target)) return [];
  const [use, ...others] = uses.of(target);
  return [...withoutAnchor(source, target), ...expanded(source, use!, others.length > 0, style)];
}
