import { parseGpus } from "../gpus/parse.ts";
import type { Inventory } from "../inventory/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

/** Said where memory is told for the GPU that stands in. */
export const NOMINAL_TEXT = "one GPU of 80 GB, whose size decides vLLM's defaults (batch sizes)";

/** Stands in where no GPU is named, and what a model needs is told all the same. More of them than any model takes. */
export const nominalMachines = (runtime: RuntimeVersion): Inventory => parseGpus("1024x H100-80GB", runtime);
