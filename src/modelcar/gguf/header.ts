import type { ByteReader } from "../bytes/types.ts";
import { elementsOf, type TensorInfo } from "../safetensors/header.ts";
import { broken, type Field, type FieldReader, fieldReader } from "./fields.ts";
import { GGML_TYPES } from "./types.ts";

/** The header of a GGUF file. */
export interface GgufHeader {
  /** Metadata but for long arrays, of which only the length is kept (`tokenizer.ggml.tokens` → `{ count }`). */
  metadata: ReadonlyMap<string, Field>;
  tensors: TensorInfo[];
}

const MAX_TENSORS = 1_000_000;
const MAX_METADATA = 100_000;

/**
 * Reads metadata and tensor table of a GGUF file (version 2 and 3; docs/gguf.md of ggml). `size` is that of the whole file.
 * @throws ReadError `broken`.
 */
export async function readGgufHeader(body: ByteReader, size: number): Promise<GgufHeader> {
  const read = fieldReader(body, size);
  const magic = new TextDecoder("latin1").decode(await read.bytes(4));
  if (magic !== "GGUF") throw broken("it does not begin with GGUF");
  const version = await read.u32();
  if (version !== 2 && version !== 3) throw broken(`its version ${version} is not known`);
  const tensorCount = await read.u64();
  const metadataCount = await read.u64();
  if (tensorCount > MAX_TENSORS || metadataCount > MAX_METADATA)
    throw broken("it claims an absurd number of entries");
  const metadata = new Map<string, Field>();
  for (let at = 0; at < metadataCount; at++) metadata.set(await read.text(), await read.field());
  const tensors: TensorInfo[] = [];
  for (let at = 0; at < tensorCount; at++) tensors.push(await readTensor(read));
  const claimed = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  if (claimed > size - read.position)
    throw broken(`its tensors claim ${claimed} bytes, ${size - read.position} of ${size} follow its header`);
  return { metadata, tensors };
}

async function readTensor(read: FieldReader): Promise<TensorInfo> {
  const name = await read.text();
  const dimensions = await read.u32();
  if (dimensions > 8)
    throw broken(`the tensor ${JSON.stringify(name.slice(0, 80))} has ${dimensions} dimensions`);
  const shape: number[] = [];
  for (let at = 0; at < dimensions; at++) shape.push(await read.u64());
  const type = await read.u32();
  await read.u64(); // its place in the file
  const traits = GGML_TYPES[type];
  if (traits === undefined)
    throw broken(`the tensor ${JSON.stringify(name.slice(0, 80))} is of the unknown type ${type}`);
  const [dtype, blockBytes, weights] = traits;
  const bytes = Math.ceil(elementsOf(shape) / weights) * blockBytes;
  if (!Number.isSafeInteger(bytes)) throw broken("a tensor claims an absurd size");
  return { name, dtype, shape: shape.toReversed(), bytes };
}
