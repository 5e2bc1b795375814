import { DataError } from "../data/data-error.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { WatchedModel } from "./watched-model.ts";

/** Of one sample: the input that was infinite, which is then the likely cause of what comes of it. */
export interface Suspects {
  file: string;
  input?: string;
}

/**
 * Whether values are infinite, as those are that attention leaves out by a mask. Throws an ExpectedError with the file for NaN,
 * and for infinity in an output of the model.
 */
export function lookForInfinity(
  tensor: string,
  values: Float32Array,
  watched: Pick<WatchedModel, "fed" | "derived" | "ends">,
  suspects: Suspects,
): boolean {
  if (values.some(Number.isNaN)) throw notFinite(tensor, "NaN", suspects, watched.fed.includes(tensor));
  const [up, down] = [values.includes(Number.POSITIVE_INFINITY), values.includes(Number.NEGATIVE_INFINITY)];
  if (!up && !down) return false;
  if (watched.fed.includes(tensor)) suspects.input ??= tensor;
  const what = up ? "Infinity" : "-Infinity";
  if (watched.ends.has(tensor)) throw notFinite(tensor, what, suspects, false);
  for (const [name, { from, relu }] of watched.derived) {
    if (from === tensor && watched.ends.has(name) && (up || !relu))
      throw notFinite(name, what, suspects, false);
  }
  return true;
}

function notFinite(tensor: string, what: string, { file, input }: Suspects, fed: boolean): Error {
  if (fed) return new DataError(`the values for input "${tensor}" hold ${what}`, { where: file });
  const because = input === undefined ? "" : `; the values for input "${input}" are infinite`;
  return new ModelFileError(`the float model itself gives ${what} in tensor "${tensor}"${because}`, {
    where: file,
    hint: "Check the preprocessing and the weights: no precision mends such outputs.",
  });
}
