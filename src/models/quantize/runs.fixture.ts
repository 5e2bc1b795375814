import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeModel } from "../onnx/decode.ts";
import { encodeModel } from "../onnx/encode.ts";
import { noise } from "../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { openOrt } from "../ort/open-ort.ts";
import type { Feeds, Ort, Value } from "../ort/types.ts";

export const openTestOrt = (): Promise<Ort> => openOrt({ cacheDir: "/not/used/from/source" });

/** Numbers that look random, in ±size. */
export function feed(dims: number[], seed = 1, size = 1): Value {
  const next = noise(seed);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { type: "float", dims, data: Float32Array.from({ length: count }, () => next() * size) };
}

export async function run(ort: Ort, model: OnnxModel, feeds: Feeds): Promise<Feeds> {
  const session = await ort.session(encodeModel(model), { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

/** 10·log₁₀(Σy² / Σ(y−ŷ)²) of the outputs taken together, in dB; Infinity when they are the same. */
export function sqnr(expected: Feeds, found: Feeds): number {
  let [signal, lost] = [0, 0];
  for (const [name, { data }] of Object.entries(expected)) {
    const other = found[name]!.data;
    if (other.length !== data.length)
      throw new Error(`${name}: ${other.length} elements, not ${data.length}`);
    for (let at = 0; at < data.length; at++) {
      signal += Number(data[at]) ** 2;
      lost += (Number(data[at]) - Number(other[at])) ** 2;
    }
  }
  return lost === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / lost);
}

export function cosine(expected: Feeds, found: Feeds): number {
  let [product, left, right] = [0, 0, 0];
  for (const [name, { data }] of Object.entries(expected)) {
    for (let at = 0; at < data.length; at++) {
      const [a, b] = [Number(data[at]), Number(found[name]!.data[at])];
      product += a * b;
      left += a * a;
      right += b * b;
    }
  }
  return product / Math.sqrt(left * right);
}

/** How often each operator occurs. */
export function operators(model: OnnxModel): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType } of model.graph.nodes) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

/** The operators of the graph that ONNX Runtime makes of the model: integer kernels where Q/DQ fused. */
export async function kernels(ort: Ort, model: OnnxModel): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "kernels-"));
  try {
    const optimizedModelFile = join(folder, "model.onnx");
    await (await ort.session(encodeModel(model), { threads: 1, optimizedModelFile })).close();
    return operators(decodeModel(await Bun.file(optimizedModelFile).bytes()));
  } finally {
    await rm(folder, { recursive: true });
  }
}
