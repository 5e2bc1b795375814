import * as z from "../../base/zod.ts";
import { elementsAt, isArrayType } from "../onnx/elements.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { byteLengthOf } from "../onnx/tensor.ts";
import { DATA_TYPES, type DataType } from "../onnx/types.ts";
import type { Feeds, Value } from "../ort/types.ts";

/** SHA-256 in hexadecimal, as content addresses have it. */
export const sha256Schema = () =>
  z.string().check(z.regex(/^[0-9a-f]{64}$/, "expected a SHA-256, hexadecimal"));

/** Content that is fetched by its address. */
export const contentRefSchema = () => z.object({ sha256: sha256Schema(), bytes: z.int().check(z.gte(0)) });
export type ContentRef = z.output<ReturnType<typeof contentRefSchema>>;

export const dataTypeSchema = () => z.enum(Object.keys(DATA_TYPES) as [DataType, ...DataType[]]);

/** A value whose bytes (little-endian, row-major) are content of their own. */
export const tensorRefSchema = () =>
  z.object({
    ...contentRefSchema().shape,
    name: z.string(),
    type: dataTypeSchema(),
    dims: z.array(z.int().check(z.gte(0))).check(z.maxLength(32)),
  });
export type TensorRef = z.output<ReturnType<typeof tensorRefSchema>>;

export const sha256Of = (bytes: Uint8Array | string): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

export interface NamedBytes {
  ref: TensorRef;
  bytes: Uint8Array;
}

/** Values as bytes with their addresses, sorted by name: equal values give equal lists. */
export const tensorsOf = (feeds: Feeds): NamedBytes[] =>
  Object.keys(feeds)
    .sort()
    .map((name) => {
      const { type, dims } = feeds[name]!;
      const bytes = bytesOfValue(name, feeds[name]!);
      return { ref: { name, type, dims: [...dims], sha256: sha256Of(bytes), bytes: bytes.length }, bytes };
    });

/** One address for all of them together. */
export const digestOf = (refs: readonly TensorRef[]): string =>
  sha256Of(JSON.stringify(refs.map(({ name, type, dims, sha256 }) => [name, type, dims, sha256])));

/** The bytes of a value, little-endian, in row-major order. */
export function bytesOfValue(name: string, { type, dims, data }: Value): Uint8Array {
  if (Array.isArray(data)) throw new ModelFileError("strings cannot be handed on as values", { where: name });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const expected = byteLengthOf(type, dims);
  if (bytes.length === expected) return bytes;
  throw new ModelFileError(
    `the value has ${bytes.length} bytes, and ${type} ${dims.join("×")} takes ${expected}`,
    { where: name },
  );
}

/** The value again. Throws a ModelFileError for bytes that are not those of its type and dimensions. */
export function valueOfBytes(
  { name, type, dims }: Omit<TensorRef, "sha256" | "bytes">,
  bytes: Uint8Array,
): Value {
  if (!isArrayType(type))
    throw new ModelFileError(`values of type ${type} cannot be handed on`, { where: name });
  if (bytes.length !== byteLengthOf(type, dims)) {
    throw new ModelFileError(`${bytes.length} bytes are no ${type} ${dims.join("×")}`, { where: name });
  }
  return { type, dims, data: elementsAt(type, Uint8Array.from(bytes)) };
}
