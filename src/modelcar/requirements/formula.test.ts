import { expect, test } from "bun:test";
import fc from "fast-check";
import { factsOf, models } from "../cases/cases.fixture.ts";
import { estimate } from "./estimate.fixture.ts";
import { evaluated, explained } from "./formula.fixture.ts";
import { termsOf } from "./requirements.ts";

const quantizations = [undefined, "w4a16", "fp8-dynamic", "awq"] as const;
const args = [
  ...["-tp=2", "-tp=4", "-pp=2", "--data-parallel-size=2", "--enable-expert-parallel", "--enforce-eager"],
  ...["--kv-cache-dtype=fp8", "--enable-lora", "--cpu-offload-gb=1", "--quantization=fp8"],
  ...["--gpu-memory-utilization=0.99", "--max-num-seqs=32", "--max-model-len=3000"],
];

test("the arithmetic in a formula comes to the bytes that it tells, whatever the model (property)", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(models).filter((name) => name !== "unheard-of")),
      fc.constantFrom(...quantizations),
      fc.subarray(args, { maxLength: 4 }),
      fc.constantFrom("0.9.2", "0.11.0", "0.19.0", "0.21.0"),
      fc.constantFrom("A100-80GB", "H100", "B200"),
      (model, quantization, some, version, gpu) => {
        const facts = factsOf(model, quantization);
        const read = { bytes: 2e10, parameters: undefined, byDtype: {}, byGroup: undefined };
        const tensors = quantization === undefined ? undefined : { ...read, read: "index" as const };
        const result = estimate({ ...facts, tensors }, { args: some, version, gpu });
        for (const { label, formula, bytes } of termsOf(result)) {
          const count = (unit: string) => formula.split(` ${unit}`).length - 1;
          const rounded = (count("GiB") * 0.0051 * 2 ** 10 + count("MiB") * 0.51) * 2 ** 20;
          const isClose = Math.abs(evaluated(formula) - bytes) <= 0.012 * bytes + rounded;
          for (const { result, reckoned } of explained(formula))
            expect(Math.abs(result / reckoned - 1)).toBeLessThan(0.012);
          if (!isClose) throw new Error(`${label} is ${bytes}, but ${formula}`);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("an estimate from a name alone is told by arithmetic, too", () => {
  const facts = { ...factsOf("llama-3.1-8b"), config: undefined, parametersFromName: 8e9 };
  const result = estimate(facts, { args: ["-tp=2"] });
  for (const { formula, bytes } of termsOf(result))
    expect(evaluated(formula) / Math.max(1, bytes)).toBeCloseTo(bytes === 0 ? 0 : 1, 2);
});
