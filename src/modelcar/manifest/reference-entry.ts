import type { ModelEntry } from "./types.ts";

/** A model that stands in no file: it is called by its reference. */
export const referenceEntry = (reference: string, args: string[]): ModelEntry => ({
  ...{ name: reference, image: reference, outputType: undefined },
  ...{ args, gpuCount: undefined, line: 1 },
});
