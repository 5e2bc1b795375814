import { parseIndex, type SafetensorsIndex } from "../safetensors/index.ts";
import { baseName, type Collected, isPickled } from "./collect.ts";

/** The files of the one model that a server would load. */
export interface Chosen {
  /** Folder of config.json, or of the weights; empty for the top. */
  folder: string;
  index: SafetensorsIndex | undefined;
  /** Safetensors files to load whose headers were read. */
  shards: string[];
  /** Those that the index or the numbering names, and that were not read. */
  missing: string[];
  gguf: string[];
  /** Weights in PyTorch's form, of which the size alone is known. */
  pickled: string[];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const inFolder = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** Chooses the model among what was found: the config nearest to the top, and the weights beside it. */
export function chooseModel(collected: Collected, problems: string[]): Chosen {
  const configs = [...collected.texts.keys()].filter((path) => baseName(path) === "config.json");
  const weights = [...collected.tensors.keys(), ...collected.gguf.keys()];
  const loaded = new Set(weights.map(folderOf));
  const [first] = (configs.length > 0 ? configs : weights)
    .map(folderOf)
    .sort((a, b) => Number(loaded.has(b)) - Number(loaded.has(a)) || nearestFirst(a, b));
  const folder = first ?? "";
  const index = readIndex(collected, folder, problems);
  const here = [...collected.tensors.keys()].filter((path) => folderOf(path) === folder);
  const gguf = [...collected.gguf.keys()].filter((path) => folderOf(path) === folder);
  const wanted = index?.files.map((file) => inFolder(folder, file)) ?? numbered(here);
  const shards = index === undefined ? withoutCopies(here) : here.filter((path) => wanted.includes(path));
  const missing = wanted.filter((path) => !collected.tensors.has(path));
  const pickled = [...collected.sizes.keys()].filter(
    (path) => folderOf(path) === folder && isPickled(baseName(path)),
  );
  return { folder, index, shards, missing, gguf, pickled };
}

const nearestFirst = (a: string, b: string): number =>
  a.split("/").length - b.split("/").length || (a < b ? -1 : 1);

function readIndex(collected: Collected, folder: string, problems: string[]): SafetensorsIndex | undefined {
  const text = collected.texts.get(inFolder(folder, "model.safetensors.index.json"));
  if (text === undefined) return undefined;
  try {
    return parseIndex(text);
  } catch (thrown) {
    problems.push(String(thrown instanceof Error ? thrown.message : thrown));
    return undefined;
  }
}

/** Mistral's repositories hold the weights twice; adapters are not the model. */
function withoutCopies(paths: readonly string[]): string[] {
  const own = paths.filter((path) => !/^(adapter_model|training_args|optimizer)/.test(baseName(path)));
  const models = own.filter((path) => !baseName(path).startsWith("consolidated"));
  return models.length > 0 ? models : own;
}

/** All names of `model-00001-of-00004.safetensors` when one of them is there. */
function numbered(paths: readonly string[]): string[] {
  const all = withoutCopies(paths).flatMap((path) => {
    const match = /^(.*-)(\d{5})-of-(\d{5})(\.safetensors)$/.exec(path);
    if (match === null) return [path];
    const [, head, , total = "0", tail] = match;
    const count = Math.min(Number(total), 10_000);
    return Array.from(
      { length: count },
      (_, at) => `${head}${String(at + 1).padStart(5, "0")}-of-${total}${tail}`,
    );
  });
  return [...new Set(all)];
}

/** Whether everything that is needed was found, so that nothing more has to be read. */
export function isComplete(collected: Collected): boolean {
  const { shards, missing, gguf } = chooseModel(collected, []);
  const hasConfig = [...collected.texts.keys()].some((path) => baseName(path) === "config.json");
  return gguf.length > 0 || (hasConfig && shards.length > 0 && missing.length === 0);
}
