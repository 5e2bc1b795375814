import { allTensors, isExternal } from "./attribute-tensors.ts";
import type { OnnxModel } from "./types.ts";

/** Files beside the model that hold its weights, as it names them, each once; of the model as it was read. */
export function externalFiles({ proto }: OnnxModel): string[] {
  const locations = allTensors(proto)
    .filter(isExternal)
    .flatMap(({ externalData }) => externalData.filter(({ key }) => key === "location"))
    .map(({ value }) => value);
  return [...new Set(locations)];
}
