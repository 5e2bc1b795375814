import { availableParallelism } from "node:os";
import { mapParallel } from "../../base/map-parallel.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Value } from "../ort/types.ts";
import { arrayValue, partBytes } from "./array-value.ts";
import { choose } from "./choose.ts";
import { atPlaceLater, DataError } from "./data-error.ts";
import { checkImage, decodeImage } from "./decode-image.ts";
import type { Entry, Part } from "./entries.ts";
import { requireImageShape } from "./image-shape.ts";
import { listSamples } from "./list-samples.ts";
import { preprocess } from "./preprocess.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { InputSpec, Sample, Samples, Skipped } from "./types.ts";

export interface SampleOptions {
  /** At most so many, chosen by `seed`; default: all. */
  limit?: number;
  seed?: number;
  /** The names of the classes in the order of the model's outputs; default: sorted. */
  labels?: readonly string[];
  /** Called after each file that was looked at. */
  looked?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** More of them that do not decode are no accident. */
const MOST_SKIPPED = 0.05;
const MAX_FILE_BYTES = 2 ** 28;

/**
 * Finds the samples at an absolute path (image, .npy, .npz, IDX; a folder of them, one folder a class; a glob pattern), chooses among them,
 * and decodes each once to know that it can be. Rejects with a DataError where there are none, where more than 5 % do not
 * decode, and for what does not fit the inputs.
 */
export async function openSamples(
  path: string,
  inputs: readonly InputSpec[],
  how: Preprocessing,
  options: SampleOptions = {},
): Promise<Samples> {
  const { limit = Number.POSITIVE_INFINITY, seed = 0, signal } = options;
  const { entries, labels } = await listSamples(path, inputs, options.labels);
  const chosen = choose(entries, limit, seed);
  if (chosen.length === 0) throw new DataError("there is no sample here", { where: path });
  let done = 0;
  const looks = await mapParallel(
    chosen,
    availableParallelism(),
    async (entry) => {
      const look = await lookAt(entry, inputs, how);
      options.looked?.(++done, chosen.length);
      return look;
    },
    signal,
  );
  const skipped = looks.filter((look) => "reason" in look);
  refuseTooMany(skipped, chosen.length, path);
  const good = chosen.filter((_, i) => "hash" in looks[i]!);
  const reader = readerOf(inputs, how);
  return {
    count: good.length,
    ...(labels !== undefined && { labels }),
    skipped,
    digest: digestOf(inputs, how, looks),
    read: (index) => reader(good[index]!),
  };
}

/** The SHA-256 of what it is made of, or why it cannot be used. What is no fault of one file rejects. */
async function lookAt(
  entry: Entry,
  inputs: readonly InputSpec[],
  how: Preprocessing,
): Promise<{ hash: Uint8Array } | Skipped> {
  const sha = new Bun.CryptoHasher("sha256");
  for (const input of inputs) {
    const part = entry.parts.get(input.name)!;
    if (!("image" in part)) {
      if ((part.index ?? 0) === 0) await arrayValue(part, input, how);
      sha.update(await partBytes(part));
      continue;
    }
    requireImageShape(input, how.layout);
    try {
      const bytes = await fileBytes(part.image);
      await checkImage(bytes);
      sha.update(bytes);
    } catch (thrown) {
      if (!(thrown instanceof DataError)) throw thrown;
      return { file: part.image, reason: thrown.message };
    }
  }
  return { hash: sha.digest() };
}

function refuseTooMany(skipped: readonly Skipped[], count: number, path: string): void {
  if (skipped.length <= count * MOST_SKIPPED) return;
  const some = skipped.slice(0, 3).map(({ file, reason }) => `${file}: ${reason}`);
  throw new DataError(
    `${skipped.length} of ${count} images cannot be used, more than ${MOST_SKIPPED * 100} %`,
    {
      where: path,
      hint: `Mend or remove them. ${some.join("; ")}${skipped.length > some.length ? "; …" : ""}`,
    },
  );
}

function digestOf(
  inputs: readonly InputSpec[],
  how: Preprocessing,
  looks: readonly ({ hash: Uint8Array } | Skipped)[],
): string {
  const sha = new Bun.CryptoHasher("sha256");
  sha.update(
    JSON.stringify([inputs.map(({ name, type, dims }) => [name, type, dims]), Object.entries(how).sort()]),
  );
  for (const look of looks) if ("hash" in look) sha.update(look.hash);
  return sha.digest("hex");
}

const readerOf =
  (inputs: readonly InputSpec[], how: Preprocessing) =>
  async ({ file, label, parts }: Entry): Promise<Sample> => {
    const values = await Promise.all(inputs.map((input) => readPart(parts.get(input.name)!, input, how)));
    const feeds = Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!]));
    return { feeds, file, ...(label !== undefined && { label }) };
  };

const readPart = (part: Part, input: InputSpec, how: Preprocessing): Promise<Value> =>
  "image" in part
    ? atPlaceLater(part.image, async () =>
        preprocess(await decodeImage(await fileBytes(part.image)), input, how),
      )
    : arrayValue(part, input, how);

async function fileBytes(path: string): Promise<Uint8Array> {
  const file = Bun.file(path);
  if (file.size > MAX_FILE_BYTES)
    throw new DataError(`the file has more than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
  try {
    return await file.bytes();
  } catch (thrown) {
    throw new DataError(`it cannot be read: ${systemReason(thrown) ?? "the system does not say why"}`, {
      cause: thrown,
    });
  }
}
