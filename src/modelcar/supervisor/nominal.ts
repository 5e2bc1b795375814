import { decide } from "../decision/decide.ts";
import type { Decision, ModelDecision, ModelNeed } from "../decision/types.ts";
import { parseGpus } from "../gpus/parse.ts";
import type { Inventory } from "../inventory/types.ts";
import { modelReport } from "../report/build.ts";
import type { ModelReport } from "../report/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

/** Said where memory is told for the GPU that stands in. */
export const NOMINAL_TEXT = "one GPU of 80 GB, whose size decides vLLM's defaults (batch sizes)";

/** Stands in where no GPU is named, and what a model needs is told all the same. More of them than any model takes. */
const nominalMachines = (runtime: RuntimeVersion): Inventory => parseGpus("1024x H100-80GB", runtime);

/** What each model is, and needs of such a GPU. */
export function nominalReports(needs: readonly ModelNeed[], runtime: RuntimeVersion): ModelReport[] {
  const { models } = decide(needs, nominalMachines(runtime));
  return needs.map((need, i) => modelReport(need, models[i]!, undefined));
}

/** No GPU is known since none could be looked for. What the models need is told for a GPU that stands in. */
export function withoutMachines(needs: readonly ModelNeed[], nothing: Inventory): Decision {
  const decision = decide(needs, nothing);
  const nominal = decide(needs, nominalMachines(nothing.runtime)).models;
  const text = "the machines could not be read";
  const models = decision.models.map((model, i) => ({
    ...model,
    ...needed(nominal[i]!),
    reasons: model.reasons.map((reason) => (reason.code === "no-gpus" ? { ...reason, text } : reason)),
  }));
  return { ...decision, models };
}

function needed({ requirements, settings }: ModelDecision): Partial<ModelDecision> {
  if (requirements === undefined) return {};
  const assumptions = [...requirements.assumptions, NOMINAL_TEXT];
  return { requirements: { ...requirements, assumptions }, settings };
}
