import { decide } from "../decision/decide.ts";
import type { ModelNeed } from "../decision/types.ts";
import { parseGpus } from "../gpus/parse.ts";
import type { Inventory } from "../inventory/types.ts";
import { modelReport } from "../report/build.ts";
import type { ModelReport } from "../report/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

/** Said where memory is told for the GPU that stands in. */
export const NOMINAL_TEXT = "one GPU of 80 GB, whose size decides vLLM's defaults (batch sizes)";

/** Stands in where no GPU is named, and what a model needs is told all the same. More of them than any model takes. */
export const nominalMachines = (runtime: RuntimeVersion): Inventory => parseGpus("1024x H100-80GB", runtime);

/** What each model is, and needs of such a GPU. */
export function nominalReports(needs: readonly ModelNeed[], runtime: RuntimeVersion): ModelReport[] {
  const { models } = decide(needs, nominalMachines(runtime));
  return needs.map((need, i) => modelReport(need, models[i]!, undefined));
}
