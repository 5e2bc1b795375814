import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename } from "node:path";
import { tensorsIn } from "./attribute-tensors.ts";
import { encodeModel } from "./encode.ts";
import type { ExternalPlace } from "./tensor-proto.ts";
import type { OnnxModel, Tensor } from "./types.ts";

export interface WriteOptions {
  /** Models whose weights take more than this have them in a file beside (`<model>.data`); default: 1.5 GiB. */
  externalDataAbove?: number;
}

/** Smaller tensors stay in the model: shapes and scales that other tools look at. */
const MIN_EXTERNAL_BYTES = 1024;
/** Where the weights begin, so that a memory-mapped file can be used as it is (ONNX, docs/ExternalData.md). */
const ALIGNMENT = 4096;

/** Writes the model under its final name only when it is complete. The same model gives the same bytes. */
export async function writeModel(
  model: OnnxModel,
  file: string,
  { externalDataAbove = 1.5 * 2 ** 30 }: WriteOptions = {},
): Promise<void> {
  const tensors = [...model.graph.initializers.values(), ...besideInAttributes(model)];
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const partial = `${file}.partial`;
  const dataFile = `${file}.data`;
  const outside =
    total > externalDataAbove ? tensors.filter((tensor) => tensor.byteLength >= MIN_EXTERNAL_BYTES) : [];
  const places = placesOf(outside, basename(dataFile));
  try {
    if (outside.length > 0) writeData(`${dataFile}.partial`, outside, places);
    await Bun.write(
      partial,
      encodeModel(model, (tensor) => places.get(tensor)),
    );
    if (outside.length > 0) await rename(`${dataFile}.partial`, dataFile);
    await rename(partial, file);
  } catch (error) {
    await Promise.all([rm(partial, { force: true }), rm(`${dataFile}.partial`, { force: true })]);
    throw error;
  }
}

/** Those of them that the model still has. */
function besideInAttributes({ graph, proto, besideInAttributes: beside }: OnnxModel): Tensor[] {
  if (!beside?.size) return [];
  const own = graph.nodes.flatMap(({ attributes }) => [...attributes.values()]);
  const inFunctions = proto.functions.flatMap(({ node }) => node.flatMap(({ attribute }) => attribute));
  return [...new Set(tensorsIn([...own, ...inFunctions]))].flatMap((tensor) => beside.get(tensor) ?? []);
}

function placesOf(tensors: readonly Tensor[], location: string): Map<Tensor, ExternalPlace> {
  let end = 0;
  return new Map(
    tensors.map((tensor) => {
      const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
      end = offset + tensor.byteLength;
      return [tensor, { location, offset, length: tensor.byteLength }];
    }),
  );
}

/** One tensor at a time is in memory. */
function writeData(
  file: string,
  tensors: readonly Tensor[],
  places: ReadonlyMap<Tensor, ExternalPlace>,
): void {
  const fd = openSync(file, "w", 0o644);
  try {
    for (const tensor of tensors) {
      const bytes = tensor.raw();
      let at = 0;
      while (at < bytes.byteLength) {
        at += writeSync(fd, bytes, at, bytes.byteLength - at, places.get(tensor)!.offset + at);
      }
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
