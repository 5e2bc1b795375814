import { mapParallel } from "../../base/map-parallel.ts";
import { explained, isReadError, type ReadError, type ReadErrorCode } from "../http/types.ts";
import { chooseModel, inFolder, isComplete, isTold } from "../model/choose.ts";
import { baseName, type Collected, collect, isWanted, nothingCollected } from "../model/collect.ts";
import { bytesText } from "../requirements/units.ts";
import type { Visit } from "../tar/walk.ts";
import type { RegistryClient } from "./client.ts";
import { layerForm, layerPath } from "./layer-form.ts";
import { type LayerContents, type Stack, stackOf } from "./layer-stack.ts";
import type { Descriptor, Manifest } from "./types.ts";
import { type StreamBudget, type StreamRules, visitLayer } from "./visit-layer.ts";
import { isMarker, type Whiteout, whiteoutOf } from "./whiteout.ts";

const WIDTH = 6;

/** All below this are read: one on top may replace a file of a large one below. */
const CHEAP = 1_048_576;

/** How far a layer is gone through of which nothing is needed, to see whether it removes or replaces something. */
const LOOK = { bytes: 33_554_432, files: 2_000 };

/** Of a compressed layer, how much is unpacked only to get past it: next to nothing of a large one, all of a small one. */
const SKIPPED = { bytes: 8_388_608, smallLayer: 33_554_432 };

/** The model in the layers of an image. */
export interface ReadLayers {
  collected: Collected;
  evidence: string[];
  problems: string[];
}

interface Layer {
  layer: Descriptor;
  place: number;
  path: string | undefined;
}

interface ReadLayer extends LayerContents, Layer {
  name: string;
  /** How it was read; undefined: it is broken. */
  how: string | undefined;
  problems: string[];
  complete: boolean;
}

/** What reading all layers has in common. */
interface Reading {
  client: RegistryClient;
  budget: StreamBudget;
  /** Why the registry gives nothing more: it is not asked again, and what was read so far is kept. */
  refused: ReadError | undefined;
}

/**
 * Reads layers whose maker noted their file first and small ones, then the largest, until the model is whole; then those that
 * lie above its files, as they may remove or replace some. Compressed ones are left where a large file would have to be
 * unpacked to get past it; they are gone through only when the others do not tell what the model needs. Where the registry
 * refuses, what was read before is kept, and the reason told.
 */
export async function readLayers(
  client: RegistryClient,
  { layers }: Manifest,
  budget: StreamBudget,
): Promise<ReadLayers> {
  const reading: Reading = { client, budget, refused: undefined };
  const all = layers.map((layer, place): Layer => ({ layer, place, path: layerPath(layer) }));
  const open = all.filter(({ layer }) => layerForm(layer) !== "unknown");
  const first = open.filter(({ layer, path }) =>
    path === undefined ? layer.size <= CHEAP : mayHoldModel(path),
  );
  const read = await mapParallel(first, WIDTH, (one) => readLayer(reading, one, []));
  const rest = open.filter(({ layer, path }) => path === undefined && layer.size > CHEAP);
  for (const one of rest.sort((a, b) => b.layer.size - a.layer.size || b.place - a.place)) {
    const stack = stackOf(read);
    if (!isComplete(stack.collected)) read.push(await readLayer(reading, one, read));
    else if (one.place > lowestOfModel(stack)) read.push(await lookAt(reading, one));
  }
  for (const cut of read
    .filter(({ complete, how }) => !complete && how !== undefined)
    .sort((a, b) => a.layer.size - b.layer.size)) {
    if (isTold(stackOf(read).collected)) break;
    const others = read.filter((one) => one !== cut);
    read.splice(read.indexOf(cut), 1, await readLayer(reading, cut, others, Number.POSITIVE_INFINITY));
  }
  return summary(
    read,
    reading,
    all.filter((one) => !open.includes(one)),
  );
}

/** A folder's layer may hold anything. */
const mayHoldModel = (path: string): boolean => isWanted(path) || !/\.\w{1,12}$/.test(path);

/** The lowest layer that a file of the model is of. */
function lowestOfModel({ collected, places }: Stack): number {
  const { folder } = chooseModel(collected);
  const own = [...places].filter(([path]) => isWanted(path) && path === inFolder(folder, baseName(path)));
  return Math.min(...own.map(([, place]) => place));
}

function summary(read: readonly ReadLayer[], { refused }: Reading, passedOver: readonly Layer[]): ReadLayers {
  const { collected, hidden, places } = stackOf(read);
  const whole = isComplete(collected);
  const used = new Set([...places].filter(([path]) => isWanted(path)).map(([, place]) => place));
  const gone = [...hidden].filter(isWanted).toSorted();
  const unread = read.filter(
    ({ complete, how, place }) => !complete && how !== undefined && !(whole && used.has(place)),
  );
  return {
    collected: {
      ...collected,
      problems: [
        ...read.flatMap(({ problems }) => problems),
        ...(refused === undefined ? [] : [explained(refused)]),
      ],
      unseen: !whole && (unread.length > 0 || refused !== undefined),
    },
    evidence: [
      ...read.flatMap(({ name, how }) => (how === undefined ? [] : [`${name} ${how}`])),
      ...gone.map(
        (path) => `${path} of a lower layer is ${places.has(path) ? "replaced" : "removed"} by one above it`,
      ),
    ],
    problems: [
      ...(whole
        ? []
        : passedOver.map(({ layer }) => `${nameOf(layer)} is ${typeOf(layer)}, which is not read`)),
      ...unread.map(({ name }) =>
        whole
          ? `${name} lies above files of the model and was read only in part: it may remove or replace some`
          : `${name} is compressed, and was read only in part: what lies behind a large file in it could only be got at by unpacking that`,
      ),
    ],
  };
}

const nameOf = (layer: Descriptor): string =>
  `layer ${layerPath(layer) ?? `${layer.digest.slice(0, 19)}…`} (${bytesText(layer.size)})`;

const typeOf = ({ mediaType }: Descriptor): string =>
  mediaType === "" ? "of no media type" : `of the media type ${JSON.stringify(mediaType.slice(0, 100))}`;

/** Reads of a layer what is not known from those before. */
function readLayer(
  reading: Reading,
  one: Layer,
  before: readonly LayerContents[],
  mostSkipped = skippedOf(one),
): Promise<ReadLayer> {
  const isEnough: Limits["isEnough"] = (own, news) => news && isComplete(stackOf([...before, own]).collected);
  const { budget } = reading;
  return visited(reading, one, { budget, mostSkipped, isEnough, isTooMuch: () => false });
}

/** Reads the beginning of a layer of which nothing is needed. */
async function lookAt(reading: Reading, one: Layer): Promise<ReadLayer> {
  const { budget } = reading;
  const own = { left: Math.min(budget.left, LOOK.bytes) };
  const before = own.left;
  let files = 0;
  const read = await visited(reading, one, {
    ...{ budget: own, mostSkipped: skippedOf(one) },
    isEnough: () => false,
    isTooMuch: () => ++files > LOOK.files,
  });
  budget.left -= before - own.left;
  return files > LOOK.files ? { ...read, complete: false } : read;
}

const skippedOf = ({ layer }: Layer): number =>
  layer.size <= SKIPPED.smallLayer ? Number.POSITIVE_INFINITY : SKIPPED.bytes;

/** How far a layer is gone through. */
interface Limits extends Pick<StreamRules, "budget" | "mostSkipped"> {
  isEnough(own: LayerContents, news: boolean): boolean;
  isTooMuch(): boolean;
}

const escapeText = ([first, ...more]: readonly string[]): string =>
  `holds files that lead out of it: ${first}${more.length === 0 ? "" : " and others"}; container runtimes refuse such images`;

/** What says nothing of the other layers. */
const OF_ONE_LAYER: ReadonlySet<ReadErrorCode> = new Set(["broken", "too-large", "not-found"]);

/** What a layer holds. One that is broken or not there is told, and the others are read; one that is refused is the last. */
async function visited(reading: Reading, one: Layer, limits: Limits): Promise<ReadLayer> {
  const { layer, place } = one;
  const { budget, mostSkipped, isEnough, isTooMuch } = limits;
  const whiteouts: Whiteout[] = [];
  const own: LayerContents = { place, collected: nothingCollected(), whiteouts };
  const name = nameOf(layer);
  const unread = { ...one, ...own, name, how: undefined, complete: false };
  if (reading.refused !== undefined) return { ...unread, problems: [] };
  let news = false;
  const visit: Visit = async (file) => {
    if (isTooMuch()) return "stop";
    if (!isMarker(file.path)) {
      news = isWanted(file.path);
      return collect(file, own.collected);
    }
    const hidden = whiteoutOf(file.path);
    if (hidden !== undefined) whiteouts.push(hidden);
    return undefined;
  };
  try {
    const rules = { budget, mostSkipped, enough: () => isEnough(own, news) };
    const { outside = [], ...seen } = await visitLayer(reading.client, layer, rules, visit);
    const problems = outside.length === 0 ? [] : [`${name} ${escapeText(outside)}`];
    return { ...one, ...own, name, ...seen, problems };
  } catch (thrown) {
    if (!isReadError(thrown)) throw thrown;
    if (OF_ONE_LAYER.has(thrown.code)) return { ...unread, problems: [`${name}: ${explained(thrown)}`] };
    reading.refused ??= thrown;
    return { ...unread, problems: [] };
  }
}
