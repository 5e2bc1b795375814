import { mapParallel } from "../../base/map-parallel.ts";
import { isReadError } from "../http/types.ts";
import { isComplete } from "../model/choose.ts";
import { type Collected, collect, isWanted, nothingCollected } from "../model/collect.ts";
import type { Surroundings } from "../model/facts.ts";
import type { ModelWorld } from "../model/types.ts";
import { mebibytes } from "../model/words.ts";
import type { Visit } from "../tar/walk.ts";
import { type RegistryClient, registryClient } from "./client.ts";
import { readLabels } from "./image-labels.ts";
import { layerForm, layerPath } from "./layer-form.ts";
import { readLogins } from "./logins.ts";
import { type ResolvedImage, resolveImage } from "./manifest.ts";
import { referenceText } from "./reference.ts";
import type { Descriptor, ImageReference, Manifest } from "./types.ts";
import { type StreamBudget, visitLayer } from "./visit-layer.ts";

const WIDTH = 6;

/** What was read of an image, and what it says of itself. */
export interface ReadImage {
  collected: Collected;
  around: Surroundings;
}

/** Finds an image in its registry, with the logins of the environment. @throws ReadError */
export async function openImage(
  reference: ImageReference,
  world: ModelWorld,
  architecture: string,
): Promise<{ client: RegistryClient; resolved: ResolvedImage }> {
  const client = registryClient(reference, { ...world, logins: readLogins(world.env, world.cwd) });
  return { client, resolved: await resolveImage(client, architecture) };
}

/** Reads the model in an image: layers whose maker noted their file first, then the largest, until it is whole. */
export async function readImage(
  client: RegistryClient,
  image: ResolvedImage,
  reference: string,
  streamBytes: number,
): Promise<ReadImage> {
  const { manifest } = image;
  const labels = await readLabels(client, manifest);
  const budget: StreamBudget = { left: streamBytes };
  const layers = await readLayers(client, manifest, budget);
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const architectures = image.architectures.length > 0 ? image.architectures : labels.architectures;
  const read = `${client.bytesRead} bytes were read of an image of ${mebibytes(bytes)}`;
  return {
    collected: layers.collected,
    around: {
      reference,
      source: "registry",
      digest: image.digest,
      container: { bytes, layers: manifest.layers.length, architectures },
      licence: labels.licence,
      evidence: [
        `image ${referenceText({ ...client.reference, digest: image.digest })}`,
        read,
        ...layers.evidence,
      ],
      problems: [...labels.problems, ...layers.problems],
    },
  };
}

interface Layers {
  collected: Collected;
  evidence: string[];
  problems: string[];
  /** What was left of compressed layers: a problem only when something is missing in the end. */
  unread: string[];
}

const nothingRead = (): Layers => ({ collected: nothingCollected(), evidence: [], problems: [], unread: [] });

/** All below this are read: one on top may replace a file of a large one below. */
const CHEAP = 1_048_576;

async function readLayers(
  client: RegistryClient,
  { layers }: Manifest,
  budget: StreamBudget,
): Promise<Layers> {
  const state = nothingRead();
  const places = new Map<string, number>();
  const placed = layers.map((layer, place) => ({ layer, place, path: layerPath(layer) }));
  const open = placed.filter(({ layer }) => layerForm(layer) !== "unknown");
  const first = open.filter(({ layer, path }) =>
    path === undefined ? layer.size <= CHEAP : mayHoldModel(path),
  );
  const found = await mapParallel(first, WIDTH, ({ layer }) =>
    readLayer(client, layer, budget, nothingRead()),
  );
  for (const [at, one] of found.entries()) merge(state, one, first[at]!.place, places);
  const rest = open.filter(({ layer, path }) => path === undefined && layer.size > CHEAP);
  for (const { layer, place } of rest.sort((a, b) => b.layer.size - a.layer.size || b.place - a.place)) {
    if (isComplete(state.collected)) break;
    merge(state, await readLayer(client, layer, budget, state), place, places);
  }
  if (!isComplete(state.collected)) state.problems.push(...state.unread);
  return state;
}

/** A folder's layer may hold anything. */
const mayHoldModel = (path: string): boolean => isWanted(path) || !/\.\w{1,12}$/.test(path);

/** What a layer holds. One that is broken is told, and the others are read; a registry that refuses ends it all. */
async function readLayer(
  client: RegistryClient,
  layer: Descriptor,
  budget: StreamBudget,
  before: Layers,
): Promise<Layers> {
  const read = nothingRead();
  const { collected } = read;
  const name = `layer ${layerPath(layer) ?? `${layer.digest.slice(0, 19)}…`} (${mebibytes(layer.size)})`;
  let news = false;
  const enough = (): boolean => news && isComplete(together(before.collected, collected));
  const visit: Visit = async (file) => {
    news = isWanted(file.path);
    return collect(file, collected);
  };
  try {
    const { how, complete } = await visitLayer(client, layer, { budget, enough }, visit);
    read.evidence.push(`${name} ${how}`);
    if (!complete)
      read.unread.push(`${name} is compressed, and was read only in part: to go on would unpack gigabytes`);
  } catch (thrown) {
    if (!isReadError(thrown) || (thrown.code !== "broken" && thrown.code !== "too-large")) throw thrown;
    read.problems.push(`${name}: ${thrown.message}`);
  }
  return read;
}

/** What was found before, and what now. */
const together = (a: Collected, b: Collected): Collected => ({
  texts: new Map([...a.texts, ...b.texts]),
  tensors: new Map([...a.tensors, ...b.tensors]),
  gguf: new Map([...a.gguf, ...b.gguf]),
  sizes: new Map(),
  problems: [],
});

/** Of a file that stands in two layers, the upper counts. */
function merge(into: Layers, from: Layers, place: number, places: Map<string, number>): void {
  const upper = new Set([...from.collected.sizes.keys()].filter((path) => (places.get(path) ?? -1) <= place));
  for (const path of upper) places.set(path, place);
  mergeMap(into.collected.texts, from.collected.texts, upper);
  mergeMap(into.collected.tensors, from.collected.tensors, upper);
  mergeMap(into.collected.gguf, from.collected.gguf, upper);
  mergeMap(into.collected.sizes, from.collected.sizes, upper);
  into.collected.problems.push(...from.collected.problems);
  into.evidence.push(...from.evidence);
  into.problems.push(...from.problems);
  into.unread.push(...from.unread);
}

function mergeMap<T>(into: Map<string, T>, from: ReadonlyMap<string, T>, paths: ReadonlySet<string>): void {
  for (const [path, value] of from) if (paths.has(path)) into.set(path, value);
}
