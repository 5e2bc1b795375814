import type { Chosen } from "./choose.ts";
import { baseName, type Collected } from "./collect.ts";
import type { Doubt } from "./model-facts.ts";

/** Weights that a server would not find, or not take, in words. */
export function weightDoubts(collected: Collected, chosen: Chosen): Doubt[] {
  const { shards, gguf, pickled, missing, brokenIndex } = chosen;
  const { broken, unseen, problems } = collected;
  const all = missing.length + shards.length + gguf.length;
  const absent = missing.filter((path) => !broken.has(path));
  const layers = problems.map((text): Doubt => ({ code: "weights-broken", text }));
  return [
    ...(brokenIndex === undefined ? [] : [{ code: "weights-broken" as const, text: brokenIndex }]),
    ...missing
      .filter((path) => broken.has(path))
      .slice(0, 3)
      .map((path): Doubt => ({ code: "weights-broken", text: `${baseName(path)}: ${broken.get(path)}` })),
    ...(absent.length === 0 || unseen
      ? []
      : [
          {
            code: "weights-missing" as const,
            text: `${countOf(absent.length, all)} not there: ${namedFiles(absent)}`,
          },
        ]),
    ...layers,
    ...(all === 0 && pickled.length === 0 ? [noWeights(unseen)] : []),
  ];
}

const countOf = (count: number, all: number): string =>
  `${count} of ${all} weight files ${count === 1 ? "is" : "are"}`;

/** The first of some files, which are at least one, by its name. */
export const namedFiles = (paths: readonly string[]): string =>
  `${baseName(paths[0]!)}${paths.length > 1 ? ", …" : ""}`;

const noWeights = (unseen: boolean): Doubt =>
  unseen
    ? { code: "weights-unseen", text: "no weights were seen in what was read" }
    : { code: "weights-missing", text: "there are no weights: no safetensors, GGUF or PyTorch file" };
