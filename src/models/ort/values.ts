import { ModelFileError } from "../onnx/model-error.ts";
import { countOf, dataTypeOf } from "../onnx/tensor.ts";
import type { DataType, Dimension } from "../onnx/types.ts";
import { type NativeData, type NativePort, NativeTensor } from "./binding.ts";
import type { Feeds, Port, Value } from "./types.ts";

/** Names of onnxruntime-common's Tensor.Type that are not ONNX's own. */
const NATIVE_NAMES: Partial<Record<DataType, string>> = { float: "float32", double: "float64" };

/** Types that values can be given in and taken out. */
const CARRIED: ReadonlySet<DataType> = new Set([
  "float",
  "double",
  "float16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
  "string",
  "int4",
  "uint4",
]);

export const shapeText = (dims: readonly Dimension[]): string =>
  dims.length === 0 ? "a scalar" : dims.map((dim) => dim ?? "?").join("×");

/** What the binding says about an input or output; undefined for one that is no tensor. */
export function portOf({
  name,
  isTensor,
  type: code,
  shape,
  symbolicDimensions,
}: NativePort): Port | undefined {
  if (!isTensor) return undefined;
  checkName(name);
  const type = dataTypeOf(code);
  if (type === undefined || !CARRIED.has(type)) {
    throw new ModelFileError(`values of type ${type ?? code} cannot be given or taken here`, {
      where: name,
      hint: "Put a Cast to or from float beside it when you export the model.",
    });
  }
  const dims = shape.map((dim, i) => (dim >= 0 ? dim : symbolicDimensions[i] || undefined));
  return { name, type, dims };
}

/** Given a value for such a name, the binding (1.30) ends the process. */
function checkName(name: string): void {
  if (!name.includes("\uFFFD")) return;
  throw new ModelFileError("the name of an input or output is not UTF-8", {
    where: name,
    hint: "The model is damaged, or was made to do harm.",
  });
}

/** The values for the inputs as the binding takes them; throws a ModelFileError for what does not fit. */
export function nativeFeeds(inputs: readonly Port[], feeds: Feeds): Record<string, NativeTensor> {
  const stranger = Object.keys(feeds).find((name) => inputs.every((input) => input.name !== name));
  if (stranger !== undefined) {
    throw new ModelFileError(`the model has no input "${stranger}"`, { hint: listed(inputs) });
  }
  return Object.fromEntries(inputs.map((input) => [input.name, nativeFeed(input, feeds)]));
}

function nativeFeed(input: Port, feeds: Feeds): NativeTensor {
  const { name } = input;
  const value = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
  if (value === undefined)
    throw new ModelFileError(`no value for input "${name}"`, { hint: listed([input]) });
  if (value.type !== input.type || !fits(value.dims, input.dims)) {
    throw new ModelFileError(
      `input "${name}" takes ${input.type} ${shapeText(input.dims)}, found ${value.type} ${shapeText(value.dims)}`,
    );
  }
  return nativeTensor(name, value);
}

/** Whether the model may be asked: a rank that is not known looks like a scalar's, and ONNX Runtime tells them apart. */
const fits = (dims: readonly number[], port: readonly Dimension[]): boolean =>
  port.length === 0 ||
  (dims.length === port.length &&
    port.every((dim, i) => typeof dim !== "number" || dim === dims[i] || dim === 0));

const listed = (ports: readonly Port[]): string =>
  `It takes ${ports.map(({ name, type, dims }) => `${name}: ${type} ${shapeText(dims)}`).join(", ")}.`;

function nativeTensor(name: string, { type, dims, data }: Value): NativeTensor {
  const packed = type === "int4" || type === "uint4";
  const count = packed ? Math.ceil(countOf(dims) / 2) : countOf(dims);
  if (data.length !== count) {
    throw new ModelFileError(
      `input "${name}" has ${data.length} elements, and ${shapeText(dims)} are ${count}`,
    );
  }
  return new NativeTensor(NATIVE_NAMES[type] ?? type, nativeData(data), dims);
}

const nativeData = (data: Value["data"]): NativeData =>
  data instanceof Float16Array ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;

/** What the model gave; the elements are not copied. */
export const outputsOf = (outputs: readonly Port[], native: Readonly<Record<string, NativeTensor>>): Feeds =>
  Object.fromEntries(
    outputs.map(({ name, type }) => [
      name,
      { type, dims: [...native[name]!.dims], data: dataOf(type, native[name]!) },
    ]),
  );

const dataOf = (type: DataType, { data }: NativeTensor): Value["data"] =>
  type === "float16" && data instanceof Uint16Array
    ? new Float16Array(data.buffer, data.byteOffset, data.length)
    : data;
