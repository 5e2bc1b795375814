import { type Collected, nothingCollected } from "../model/collect.ts";
import { hides, type Whiteout } from "./whiteout.ts";

/** What was read of one layer. */
export interface LayerContents {
  /** Its place in the manifest: 0 is the lowest. */
  place: number;
  collected: Collected;
  whiteouts: readonly Whiteout[];
}

/** The files as a container sees them. */
export interface Stack {
  collected: Collected;
  /** The layer that each file is of. */
  places: ReadonlyMap<string, number>;
  /** Files of which a layer above hides or replaces one that was read, in no order. */
  hidden: ReadonlySet<string>;
}

/**
 * Layers laid one over the other, in whatever order they were read: of a file that stands in two the upper counts, and
 * what a layer removes is gone from those below it, not from itself (OCI image-spec, layer.md).
 */
export function stackOf(layers: readonly LayerContents[]): Stack {
  const collected = nothingCollected();
  const places = new Map<string, number>();
  const hidden = new Set<string>();
  const hide = (path: string): void => {
    const { texts, tensors, gguf, sizes, broken } = collected;
    for (const map of [texts, tensors, gguf, sizes, broken]) map.delete(path);
    places.delete(path);
    hidden.add(path);
  };
  for (const { place, collected: own, whiteouts } of layers.toSorted((a, b) => a.place - b.place)) {
    for (const path of [...places.keys()])
      if (own.sizes.has(path) || isBelowFile(path, own.sizes) || whiteouts.some((one) => hides(one, path)))
        hide(path);
    for (const path of own.sizes.keys()) places.set(path, place);
    addAll(collected.texts, own.texts);
    addAll(collected.tensors, own.tensors);
    addAll(collected.gguf, own.gguf);
    addAll(collected.sizes, own.sizes);
    addAll(collected.broken, own.broken);
    collected.problems.push(...own.problems);
  }
  return { collected, places, hidden };
}

/** A file that takes a folder's place takes its files away. */
function isBelowFile(path: string, files: ReadonlyMap<string, number>): boolean {
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1))
    if (files.has(path.slice(0, slash))) return true;
  return false;
}

function addAll<T>(into: Map<string, T>, from: ReadonlyMap<string, T>): void {
  for (const [path, value] of from) into.set(path, value);
}
