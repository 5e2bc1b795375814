import { toError } from "../../base/errors.ts";
import { parseIndex, type SafetensorsIndex } from "../safetensors/index.ts";
import { baseName, type Collected, isPickled } from "./collect.ts";

/** The files of the one model that a server would load. */
export interface Chosen {
  /** Folder of config.json, or of the weights; empty for the top. */
  folder: string;
  index: SafetensorsIndex | undefined;
  /** Why the index cannot be read. */
  brokenIndex: string | undefined;
  /** Safetensors files to load whose headers were read, by their names. */
  shards: string[];
  /** The parts of one GGUF model. */
  gguf: string[];
  /** GGUF files of other models beside it. */
  otherGguf: number;
  /** Files to load that were not read: the index or the numbering names them, or they are broken. */
  missing: string[];
  /** Weights in PyTorch's form, of which the size alone is known. */
  pickled: string[];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
/** The path of a file of a folder; `""` is the top. */
export const inFolder = (folder: string, name: string): string =>
  folder === "" ? name : `${folder}/${name}`;

/**
 * Chooses the model among what was found: the config nearest to the top, and the weights beside it. In whatever order
 * files were read, it is the same.
 */
export function chooseModel(collected: Collected): Chosen {
  const { tensors, gguf, sizes, broken } = collected;
  const configs = configsIn(collected);
  const weights = [...tensors.keys(), ...gguf.keys()];
  const loaded = new Set(weights.map(folderOf));
  const [folder = ""] = (configs.length > 0 ? configs : weights)
    .map(folderOf)
    .sort((a, b) => Number(loaded.has(b)) - Number(loaded.has(a)) || nearestFirst(a, b));
  const { index, brokenIndex } = readIndex(collected, folder);
  const here = (paths: Iterable<string>, pattern: RegExp): string[] =>
    [...new Set(paths)].filter((path) => folderOf(path) === folder && pattern.test(path)).sort();
  const found = withoutCopies(here([...tensors.keys(), ...broken.keys()], /\.safetensors$/i));
  const wanted = index?.files.map((file) => inFolder(folder, file)) ?? numbered(found);
  const groups = ggufGroups(here([...gguf.keys(), ...broken.keys()], /\.gguf$/i), collected);
  const parts = numbered(groups[0] ?? []);
  const pickled = here(sizes.keys(), /./).filter((path) => isPickled(baseName(path)));
  const missing =
    wanted.length > 0
      ? wanted.filter((path) => !tensors.has(path))
      : parts.length > 0
        ? parts.filter((path) => !gguf.has(path))
        : numbered(pickled).filter((path) => !sizes.has(path));
  return {
    ...{ folder, index, brokenIndex },
    shards: wanted.filter((path) => tensors.has(path)).sort(),
    gguf: parts.filter((path) => gguf.has(path)),
    otherGguf: groups.slice(1).flat().length,
    ...{ missing, pickled },
  };
}

const configsIn = ({ texts }: Collected): string[] =>
  [...texts.keys()].filter((path) => baseName(path) === "config.json");

const nearestFirst = (a: string, b: string): number =>
  a.split("/").length - b.split("/").length || (a < b ? -1 : 1);

function readIndex({ texts }: Collected, folder: string): Pick<Chosen, "index" | "brokenIndex"> {
  const text = texts.get(inFolder(folder, "model.safetensors.index.json"));
  if (text === undefined) return { index: undefined, brokenIndex: undefined };
  try {
    return { index: parseIndex(text), brokenIndex: undefined };
  } catch (thrown) {
    return { index: undefined, brokenIndex: toError(thrown).message };
  }
}

/** Mistral's repositories hold the weights twice; adapters are not the model. */
function withoutCopies(paths: readonly string[]): string[] {
  const own = paths.filter((path) => !/^(adapter_model|training_args|optimizer)/.test(baseName(path)));
  const models = own.filter((path) => !baseName(path).startsWith("consolidated"));
  return models.length > 0 ? models : own;
}

const NUMBERED = /^(.*-)(\d{5})-of-(\d{5})(\.safetensors|\.gguf|\.bin)$/;

/** All names of `model-00001-of-00004.safetensors` when one of them is there. */
function numbered(paths: readonly string[]): string[] {
  const all = paths.flatMap((path) => {
    const [, head, , total = "0", tail] = NUMBERED.exec(path) ?? [];
    if (head === undefined) return [path];
    const count = Math.min(Number(total), 10_000);
    return Array.from(
      { length: count },
      (_, at) => `${head}${String(at + 1).padStart(5, "0")}-of-${total}${tail}`,
    );
  });
  return [...new Set(all)];
}

/**
 * GGUF files by model, the largest first: repositories hold the same model in many sizes, and what fits in the largest
 * fits in each. The parts of a split one belong together.
 */
function ggufGroups(paths: readonly string[], { gguf, broken }: Collected): string[][] {
  const groups = Map.groupBy(paths, (path) => path.replace(NUMBERED, "$1of-$3$4"));
  const bytesOf = (group: readonly string[]): number =>
    group.flatMap((path) => gguf.get(path)?.tensors ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  // One that cannot be read counts where there is no other.
  return [...groups.values()].sort(
    (a, b) =>
      Number(a.every((path) => broken.has(path))) - Number(b.every((path) => broken.has(path))) ||
      bytesOf(b) - bytesOf(a) ||
      (a[0]! < b[0]! ? -1 : 1),
  );
}

/** Whether everything that is needed was found, so that nothing more has to be read. */
export function isComplete(collected: Collected): boolean {
  const { shards, gguf, missing } = chooseModel(collected);
  const open = missing.filter((path) => !collected.broken.has(path));
  return open.length === 0 && (gguf.length > 0 || (configsIn(collected).length > 0 && shards.length > 0));
}

/** Whether enough was found to tell what the model needs, if not by the headers of all its weights. */
export function isTold(collected: Collected): boolean {
  const { shards, gguf, index } = chooseModel(collected);
  return (
    gguf.length > 0 ||
    (configsIn(collected).length > 0 && (shards.length > 0 || index?.totalSize !== undefined))
  );
}
