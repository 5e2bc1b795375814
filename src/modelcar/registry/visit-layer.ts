import { decompressed } from "../bytes/decompress.ts";
import { memorySource, sourceReader } from "../bytes/source-reader.ts";
import { memoryStream, streamReader } from "../bytes/stream-reader.ts";
import type { ByteSource } from "../bytes/types.ts";
import { isReadError } from "../http/types.ts";
import { type Visit, walkTar } from "../tar/walk.ts";
import { blobSource, blobStream } from "./blob-source.ts";
import type { RegistryClient } from "./client.ts";
import { formByMagic, type LayerForm, layerForm, layerPath } from "./layer-form.ts";
import { filesByContents } from "./table-of-contents.ts";
import type { Descriptor } from "./types.ts";

/** What is smaller is read whole, and checked against its digest. */
const SMALL = 262_144;

/** Bytes that may be unpacked of layers which can only be streamed. */
export interface StreamBudget {
  left: number;
}

/** How far layers are gone through that can only be streamed. */
export interface StreamRules {
  budget: StreamBudget;
  /** Bytes that may be unpacked only to get past them. */
  mostSkipped: number;
  /** Whether all that is needed was seen, so that the rest of the stream can be left. */
  enough(): boolean;
}

export interface LayerRead {
  /** How it was read, for the report: `by ranges`, `streamed`, `by its table of contents`, `whole, digest verified`. */
  how: string;
  /** False: a part was not seen, as it would have cost more than the budget. */
  complete: boolean;
  /** Some of the paths that lead out of the layer; what stands there is not read. */
  outside?: readonly string[];
}

/** Shows the files of a layer, reading as little as its form allows. @throws ReadError */
export async function visitLayer(
  client: RegistryClient,
  layer: Descriptor,
  rules: StreamRules,
  visit: Visit,
): Promise<LayerRead> {
  const form = layerForm(layer);
  if (form === "unknown") return { how: `passed over (${layer.mediaType})`, complete: true };
  const one: Visited = { client, layer, rules, visit };
  if (layer.size <= SMALL) return visitWhole(one, form);
  try {
    return await visitByRanges(one, form);
  } catch (thrown) {
    if (!isReadError(thrown) || thrown.code !== "no-ranges") throw thrown;
    return visitStream(one, form);
  }
}

/** A layer, and who sees its files. */
interface Visited {
  client: RegistryClient;
  layer: Descriptor;
  rules: StreamRules;
  visit: Visit;
}

async function visitWhole(one: Visited, form: LayerForm): Promise<LayerRead> {
  const { client, layer, visit } = one;
  const bytes = await client.blob(layer, SMALL);
  const how = "whole, digest verified";
  const actual = form === "file" ? form : (formByMagic(bytes) ?? "tar");
  if (actual === "tar") {
    const outside = await walkTar(sourceReader(memorySource(bytes)), bytes.length, visit);
    return { how, complete: true, outside };
  }
  if (actual !== "file") return { ...(await visitStream(one, actual, memoryStream(bytes))), how };
  await visitFile(memorySource(bytes), layer, visit);
  return { how, complete: true };
}

async function visitByRanges(one: Visited, form: LayerForm): Promise<LayerRead> {
  const { client, layer, visit } = one;
  const source = blobSource(client, layer);
  if (form === "file") {
    await visitFile(source, layer, visit);
    return { how: "by ranges", complete: true };
  }
  if (form !== "tar") {
    if (await filesByContents(source, layer, visit))
      return { how: "by its table of contents", complete: true };
    return visitStream(one, form);
  }
  const reader = sourceReader(source);
  const packed = formByMagic(await reader.peek(4));
  if (packed !== undefined) return visitStream(one, packed);
  const outside = await walkTar(reader, layer.size, visit);
  return { how: "by ranges", complete: true, outside };
}

async function visitFile(source: ByteSource, layer: Descriptor, visit: Visit): Promise<void> {
  await visit({ path: layerPath(layer) ?? "file", size: source.size, body: sourceReader(source) });
}

/** Unpacks a layer from its start, until enough was seen or the next file to pass over would cost too much. */
async function visitStream(
  { client, layer, rules, visit }: Visited,
  form: LayerForm,
  chunks = blobStream(client, layer),
): Promise<LayerRead> {
  const { budget, mostSkipped, enough } = rules;
  const reader = streamReader(form === "file" ? chunks : unpacked(chunks), budget.left, mostSkipped);
  const visitUntil: Visit = async (file) => ((await visit(file)) === "stop" || enough() ? "stop" : undefined);
  try {
    const read = { how: "streamed as far as needed", complete: true };
    if (form !== "file") return { ...read, outside: await walkTar(reader, undefined, visitUntil) };
    await visit({ path: layerPath(layer) ?? "file", size: layer.size, body: reader });
    return read;
  } catch (thrown) {
    if (isReadError(thrown) && thrown.code === "too-large")
      return { how: "streamed in part", complete: false };
    throw thrown;
  } finally {
    budget.left = Math.max(0, budget.left - reader.position);
    await reader.close();
  }
}

/** The archive in a stream, packed or not: its first bytes tell, as media types are not always right. */
async function* unpacked(chunks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  const first = await chunks.next();
  if (first.done) return;
  const whole = startingWith(first.value, chunks);
  const form = formByMagic(first.value);
  yield* form === undefined ? whole : decompressed(whole, form === "tar+gzip" ? "gzip" : "zstd");
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield* rest;
}
