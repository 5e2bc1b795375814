import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { parseJson } from "../../base/json.ts";
import { systemReason } from "../../base/system-error.ts";
import * as z from "../../base/zod.ts";
import type { Observations } from "./collector.ts";
import { BINS, newObservation, type Observation, settle } from "./observation.ts";

/** Where a pass stands: what the first `done` samples have shown. */
export interface Checkpoint {
  done: number;
  observations: Observations;
}

/** Raise it with every change to what is kept, or to how it is worked out. */
export const CHECKPOINT_VERSION = 3;

const headSchema = () =>
  z.strictObject({
    version: z.literal(CHECKPOINT_VERSION),
    done: z.int().check(z.gte(0)),
    histograms: z.boolean(),
    tensors: z.array(
      z.strictObject({
        name: z.string(),
        exponent: z.int().check(z.gte(-126), z.lte(128)),
        first: z.int().check(z.gte(0), z.lte(BINS)),
        bins: z.int().check(z.gte(0), z.lte(BINS)),
        channels: z.int().check(z.gte(0)),
        means: z.int().check(z.gte(0)),
        planes: z.int().check(z.gte(0)),
        infinite: z.boolean(),
      }),
    ),
  });

/**
 * SHA-256 of the rest | length of the head | head (JSON) | for each tensor float64: lowest, highest, its bins from the first
 * to the last that is not empty, the steady values of its channels, the sums that their means are of; all compressed.
 */
export function encodeCheckpoint({ done, observations }: Checkpoint): Uint8Array {
  for (const seen of observations.values()) settle(seen);
  const tensors = [...observations].map(([name, seen]) => ({ name, seen, ...spanOf(seen) }));
  const head = JSON.stringify({
    version: CHECKPOINT_VERSION,
    done,
    histograms: tensors.some(({ seen }) => seen.fresh !== undefined),
    tensors: tensors.map(({ name, seen, first, bins }) => ({
      name,
      exponent: seen.exponent,
      first,
      bins,
      channels: seen.steady?.length ?? 0,
      means: seen.means?.sums.length ?? 0,
      planes: seen.means?.planes ?? 0,
      infinite: seen.infinite,
    })),
  });
  const numbers = tensors.flatMap(({ seen, first, bins }) => [
    Float64Array.of(seen.lowest, seen.highest),
    seen.counts.subarray(first, first + bins),
    Float64Array.from(seen.steady ?? []),
    seen.means?.sums ?? new Float64Array(),
  ]);
  const text = Buffer.from(head);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([
    length,
    text,
    ...numbers.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  ]);
  return Bun.zstdCompressSync(Buffer.concat([digestOf(body), body]));
}

function spanOf({ counts }: Observation): { first: number; bins: number } {
  const first = counts.findIndex((count) => count > 0);
  return first < 0
    ? { first: 0, bins: 0 }
    : { first, bins: counts.findLastIndex((count) => count > 0) + 1 - first };
}

const digestOf = (body: Uint8Array): Buffer => new Bun.CryptoHasher("sha256").update(body).digest();

/** Undefined for bytes that are no whole checkpoint of this version, which is then made again. */
export function decodeCheckpoint(file: Uint8Array<ArrayBuffer>): Checkpoint | undefined {
  const content = decompressed(file);
  if (
    content === undefined ||
    content.length < 36 ||
    !digestOf(content.subarray(32)).equals(content.subarray(0, 32))
  )
    return undefined;
  const end = 36 + content.readUInt32LE(32);
  const head = z.safeParse(headSchema(), parseJson(content.toString("utf8", 36, end)));
  if (!head.success) return undefined;
  const numbers = new Float64Array(Uint8Array.from(content.subarray(end)).buffer);
  const observations: Observations = new Map();
  let at = 0;
  const take = (count: number): Float64Array => {
    at += count;
    return numbers.subarray(at - count, at);
  };
  for (const { name, exponent, first, bins, channels, means, planes, infinite } of head.data.tensors) {
    const [lowest = 0, highest = 0] = take(2);
    const seen = { ...newObservation(head.data.histograms), lowest, highest, exponent, infinite };
    seen.counts.set(take(bins), first);
    if (channels > 0) seen.steady = Float32Array.from(take(channels));
    if (means > 0) seen.means = { sums: take(means).slice(), planes };
    observations.set(name, seen);
  }
  return { done: head.data.done, observations };
}

function decompressed(file: Uint8Array<ArrayBuffer>): Buffer | undefined {
  try {
    return Buffer.from(Bun.zstdDecompressSync(file));
  } catch {
    return undefined; // cut off or damaged: as if it were not there
  }
}

/** The checkpoint in a file, if there is one that is whole. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const file = Bun.file(path);
  return (await file.exists()) ? decodeCheckpoint(await file.bytes()) : undefined;
}

/** Under its name only when it is complete. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const partial = `${path}.${newId()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await Bun.write(partial, encodeCheckpoint(checkpoint));
    await rename(partial, path);
  } catch (thrown) {
    if (existsSync(partial)) await rm(partial);
    const reason = systemReason(thrown) ?? errorCode(thrown);
    if (reason === undefined) throw thrown;
    throw new ExpectedError(`the state of the calibration cannot be kept: ${reason}`, {
      where: path,
      cause: thrown,
    });
  }
}
