import { toError } from "../../base/errors.ts";
import { concat } from "../bytes/concat.ts";
import type { ByteReader, ModelFile } from "../bytes/types.ts";
import { type GgufHeader, readGgufHeader } from "../gguf/header.ts";
import { isReadError } from "../http/types.ts";
import { readSafetensorsHeader, type TensorInfo } from "../safetensors/header.ts";

/** What was found of a model, by path. */
export interface Collected {
  texts: Map<string, string>;
  tensors: Map<string, TensorInfo[]>;
  gguf: Map<string, GgufHeader>;
  /** Sizes of all files that were seen, in bytes. */
  sizes: Map<string, number>;
  /** Files that cannot be what they say they are, and why. */
  broken: Map<string, string>;
  /** What is wrong beside the files. */
  problems: string[];
  /** Files may be there that were not seen: to look for them would have cost too much. */
  unseen: boolean;
}

export const nothingCollected = (): Collected => ({
  texts: new Map(),
  tensors: new Map(),
  gguf: new Map(),
  sizes: new Map(),
  broken: new Map(),
  problems: [],
  unseen: false,
});

/** Small files that are read whole, and how large they may be. */
const TEXTS: ReadonlyMap<string, number> = new Map([
  ["config.json", 4_194_304],
  ["generation_config.json", 262_144],
  ["hf_quant_config.json", 4_194_304],
  ["quantization_config.json", 4_194_304],
  ["params.json", 262_144],
  ["model.safetensors.index.json", 67_108_864],
]);

/** Files of which the beginning says enough. */
const BEGINNINGS = /^(license|licence|readme\.md)(\.(md|txt))?$/i;
const BEGINNING = 4_096;

/** PyTorch's own files: their size alone can be told without running them. */
export const isPickled = (name: string): boolean =>
  /^(pytorch_model|consolidated)[\w.-]*\.(bin|pth)$/.test(name);

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Whether a file says something about the model. */
export function isWanted(path: string): boolean {
  const name = baseName(path);
  return TEXTS.has(name) || BEGINNINGS.test(name) || /\.(safetensors|gguf)$/i.test(name) || isPickled(name);
}

/** Reads of a file what matters. A broken one is told, and the others go on. */
export async function collect({ path, size, body }: ModelFile, into: Collected): Promise<undefined> {
  into.sizes.set(path, size);
  if (!isWanted(path)) return;
  try {
    await read(path, size, body, into);
  } catch (thrown) {
    if (!isReadError(thrown) || thrown.code !== "broken") throw thrown;
    into.broken.set(path, toError(thrown).message);
  }
}

async function read(path: string, size: number, body: ByteReader, into: Collected): Promise<void> {
  const name = baseName(path);
  const limit = TEXTS.get(name);
  if (isPickled(name)) return;
  if (/\.safetensors$/i.test(name)) into.tensors.set(path, await readSafetensorsHeader(body, size));
  else if (/\.gguf$/i.test(name)) into.gguf.set(path, await readGgufHeader(body, size));
  else if (limit !== undefined && size > limit)
    into.broken.set(path, `has ${size} bytes, too many to be what its name says`);
  else into.texts.set(path, await readText(body, limit === undefined ? Math.min(size, BEGINNING) : size));
}

async function readText(body: ByteReader, size: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < size) {
    const part = await body.read(Math.min(size - length, 1_048_576));
    if (part.length === 0) break;
    parts.push(part);
    length += part.length;
  }
  return new TextDecoder().decode(concat(parts, length));
}
