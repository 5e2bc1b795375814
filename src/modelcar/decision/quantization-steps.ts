import { quantizationFacts } from "../quantization/facts.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import { editAttempt } from "./attempt.ts";
import { changeWith } from "./change-text.ts";
import { type Question, type Step, step } from "./step.ts";

const PICKS: readonly [string, QuantizationFacts][] = [
  ["FP8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-fp8", { weightBits: 8, activationBits: 8 })],
  ["INT8 (W8A8)", quantizationFacts("compressed-tensors", "w8a8-int8", { weightBits: 8, activationBits: 8 })],
  [
    "INT4 (W4A16)",
    quantizationFacts("compressed-tensors", "w4a16", { weightBits: 4, groupSize: 128, symmetric: true }),
  ],
];

/** Quantizations of a model in 16 bits, or others for one that the GPU cannot run, the mildest first. */
export function quantizationSteps({ tried: { entry, facts }, inventory }: Question): Step[] {
  if (facts.config === undefined) return [];
  const [told] = editAttempt(entry, {
    flag: "quantization",
    why: "such a checkpoint tells its quantization itself",
  });
  return PICKS.filter(([, { scheme }]) => scheme !== facts.quantization?.scheme).map(([name, quantization]) =>
    step(
      { entry: told?.entry ?? entry, facts: { ...facts, tensors: undefined, quantization } },
      inventory,
      ({ evaluation }) => {
        const why = `a checkpoint of this model in ${name} fits and runs on ${evaluation.context.gpu.name}`;
        return changeWith({ kind: "model", what: "quantization", value: name, why }, told?.steps ?? []);
      },
    ),
  );
}
