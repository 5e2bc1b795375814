import { describe, expect, test } from "bun:test";
import { factsOf } from "../cases/cases.fixture.ts";
import { modelShape } from "../requirements/shape.ts";
import { parseArguments } from "./arguments.ts";
import { withOverrides } from "./overrides.ts";

const overridden = (model: string, ...args: string[]) =>
  withOverrides(factsOf(model), parseArguments(args, model));

const limit = (model: string, ...args: string[]): number | undefined =>
  modelShape(overridden(model, ...args).facts.config ?? {})?.contextLimit;

const YARN = '{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768}';

describe("--hf-overrides and --rope-scaling", () => {
  test("keys that a formula reads take the place of the config's", () => {
    expect(limit("qwen2.5-7b")).toBe(32768);
    expect(limit("qwen2.5-7b", `--hf-overrides={"rope_scaling":${YARN}}`)).toBe(131072);
    expect(limit("qwen2.5-7b", `--hf-overrides={"rope_parameters":${YARN}}`)).toBe(131072);
    expect(limit("qwen2.5-7b", `--rope-scaling=${YARN}`)).toBe(131072);
    expect(limit("qwen2.5-7b", '--hf_overrides={"max_position_embeddings":65536}')).toBe(65536);
    expect(
      limit(
        "qwen2.5-7b",
        "--hf-overrides.rope_scaling.factor=2",
        "--hf-overrides.rope_scaling.rope_type=yarn",
      ),
    ).toBe(65536);
    const { facts } = overridden("llama-3.1-8b", '--hf-overrides={"architectures":["MistralForCausalLM"]}');
    expect(facts.architecture).toBe("MistralForCausalLM");
  });

  test("nothing else changes", () => {
    const facts = factsOf("llama-3.1-8b");
    expect(withOverrides(facts, parseArguments(["--seed=1"], "m")).facts).toBe(facts);
  });

  test("what no number depends on is told, what decides the weights is not known, what is no JSON ends vLLM", () => {
    const problem = (text: string) => overridden("llama-3.1-8b", text).problems[0];
    expect(problem('--hf-overrides={"rope_theta":1e6}')).toMatchObject({
      severity: "warning",
      code: "config-override",
    });
    expect(problem('--hf-overrides={"quantization_config":{"quant_method":"awq"}}')).toMatchObject({
      severity: "unknown",
    });
    expect(problem("--hf-overrides={broken")).toMatchObject({ severity: "error", code: "argument-value" });
    expect(problem("--hf-overrides=[1]")).toMatchObject({ severity: "error" });
  });
});
