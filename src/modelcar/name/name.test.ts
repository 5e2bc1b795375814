import { expect, test } from "bun:test";
import { factsFromName, guessFromName } from "./name.ts";

const billions = (name: string): number | undefined => {
  const { parameters } = guessFromName(name);
  return parameters === undefined ? undefined : parameters / 1e9;
};

test.each<[string, number | undefined]>([
  ["granite-3.1-8b-instruct", 8],
  ["modelcar-granite-3-1-8b-instruct", 8],
  ["Mixtral-8x7B-Instruct-v0.1", 46.7],
  ["mixtral-8x22b-instruct-v0-1", 140.6],
  ["some-4x3B-moe", 12],
  ["Llama-4-Scout-17B-16E-Instruct", 109],
  ["llama-4-maverick-17b-128e-instruct-fp8", 400],
  ["gpt-oss-120b", 116.8],
  ["granite-4.0-h-small", 32],
  ["Qwen3-Next-80B-A3B-Instruct", 80],
  ["Qwen3-235B-A22B-FP8", 235],
  ["Qwen2.5-7B-Instruct-1M", 7],
  ["qwen2-5-0-5b-instruct", 0.5],
  ["SmolLM2-360M", 0.36],
  ["llama-13b-gptq-4bit", 13],
  ["model-gptq-4bit", undefined],
  ["phi-4", 14.7],
  ["phi-4-mini-instruct", 3.8],
  ["DeepSeek-R1", 671],
  ["DeepSeek-R1-Distill-Llama-70B", 70],
  ["whisper-large-v3", 1.55],
  ["gemma-3n-E4B-it", 8],
  ["Llama-3.3-70B-Instruct-quantized.w4a16", 70],
  ["bert-base", undefined],
  ["model-v2b", undefined],
])("%s has %p billion parameters", (name, expected) => {
  expect(billions(name)).toBe(expected);
});

test("facts by the name are told to be a guess", () => {
  const facts = factsFromName("oci://registry.example/org/llama-3.1-8b-instruct-fp8-dynamic:1.5", [
    "it cannot be reached",
  ]);
  expect(facts).toMatchObject({
    source: "name",
    estimatedFromName: true,
    parametersFromName: 8e9,
    quantization: { scheme: "w8a8-fp8", fromName: true },
    problems: ["it cannot be reached"],
  });
  expect(facts.evidence[0]).toBe('nothing to go by but the name "llama-3.1-8b-instruct-fp8-dynamic"');
  expect(factsFromName("localhost:5000/org/llama:8b-awq", []).parametersFromName).toBe(8e9);
});
