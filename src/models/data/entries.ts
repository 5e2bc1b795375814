import { shapeText } from "../ort/values.ts";
import type { ArrayFile } from "./array-file.ts";
import { type ArrayPart, fitsInput } from "./array-value.ts";
import { DataError } from "./data-error.ts";
import { imageShapeOf } from "./image-shape.ts";
import type { InputSpec } from "./types.ts";

/** What one input is given: the image in a file, or a part of an array. */
export type Part = { image: string } | ArrayPart;

/** A sample before it is read. */
export interface Entry {
  file: string;
  label?: string;
  parts: ReadonlyMap<string, Part>;
}

/** The samples that an array holds for an input: it may be one sample itself, or have one at each index. */
export function partsOf(array: ArrayFile, input: InputSpec): ArrayPart[] {
  const { dims } = array;
  if (fitsInput(dims, input)) return [{ array }];
  if (fitsInput(dims.slice(1), input) && dims.length > 0) return rows(array);
  const batches = batchesIn(array, input);
  if (batches !== undefined) return batches;
  const image = array.type === "uint8" ? imageShapeOf(input) : undefined;
  if (image && isOneImage(dims, image.channels)) return [{ array }];
  if (image && (dims.length === 3 || dims.length === 4)) return rows(array);
  throw new DataError(
    `an array of ${array.type} ${shapeText(dims)} does not fit input "${input.name}", which takes ${shapeText(input.dims)}`,
    {
      where: array.name,
      hint: `Expected samples one behind the other: N×${shapeText(input.dims.slice(1))}; as bytes (uint8) also N images.`,
    },
  );
}

/** Samples one behind the other for an input that takes several at a time, and only so many. */
function batchesIn(
  array: ArrayFile,
  { name, dims: [batch = 1, ...rest] }: InputSpec,
): ArrayPart[] | undefined {
  const [count = 0, ...each] = array.dims;
  if (batch === 1 || each.length === 0 || each.join() !== rest.join()) return undefined;
  if (count % batch === 0)
    return Array.from({ length: count / batch }, (_, index) => ({ array, index, batch }));
  throw new DataError(`${count} samples do not fill batches of ${batch}, which input "${name}" takes`, {
    where: array.name,
    hint: `Give a multiple of ${batch}: N×${shapeText(rest)} with N = ${Math.max(batch, count - (count % batch))}, or M×${shapeText([batch, ...rest])}.`,
  });
}

const rows = (array: ArrayFile): ArrayPart[] =>
  Array.from({ length: array.dims[0]! }, (_, index) => ({ array, index }));

/** H×W, H×W×C, or C×H×W where the input has so many channels; anything else of three dimensions is N images of grey. */
const isOneImage = (dims: readonly number[], channels: number): boolean =>
  dims.length === 2 ||
  (dims.length === 3 && ([1, 3, 4].includes(dims[2]!) || (dims[0] === channels && dims[0] !== dims[1])));

/** One part for each input and sample. `what` names the place that the arrays come from. */
export function entriesOf(
  inputs: readonly InputSpec[],
  parts: ReadonlyMap<string, readonly Part[]>,
  name: (index: number) => string,
  what: string,
): Entry[] {
  const counts = inputs.map((input) => parts.get(input.name)!.length);
  if (new Set(counts).size > 1) {
    const found = inputs.map((input, i) => `${counts[i]} for "${input.name}"`).join(", ");
    throw new DataError(`the inputs have different numbers of samples: ${found}`, { where: what });
  }
  return Array.from({ length: counts[0] ?? 0 }, (_, i) => ({
    file: name(i),
    parts: new Map(inputs.map((input) => [input.name, parts.get(input.name)![i]!])),
  }));
}
