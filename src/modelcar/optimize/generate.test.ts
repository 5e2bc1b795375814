import { expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import { parseModelCar } from "../manifest/parse.ts";
import type { ModelNeed } from "../types.ts";
import { generateCar } from "./generate.ts";

const YAML = `# ours
model-car:
  - name: small # keep
    image: hf://a/small
    serving_arguments:
      args: [--max-model-len=8192, --api-key=open-sesame]
  - name: large
    image: hf://a/large
    serving_arguments:
      gpu_count: 2
      args:
        - --max-model-len=16384
  - name: giant
    image: hf://a/giant
`;
const MODELS: Record<string, string> = {
  small: "llama-3.1-8b",
  large: "llama-3.1-70b",
  giant: "deepseek-v3",
};

function generated(gpus: string, text = YAML) {
  const car = parseModelCar(text, "car.yaml");
  const needs = car.models.map((entry): ModelNeed => {
    const need = needOf({ name: entry.name, model: MODELS[entry.name]!, gpus });
    return { ...need, entry };
  });
  return generateCar(car, needs, inventoryOf({ gpus, vllm: "0.11.0" }));
}

test("deployable models by the fewest edits, the others left out, comments kept", () => {
  const { text, optimized, left } = generated("8x L40S");
  expect(text).toBe(`# ours
model-car:
  - name: small # keep
    image: hf://a/small
    serving_arguments:
      args: [--max-model-len=8192, --api-key=open-sesame]
  - name: large
    image: hf://a/large
    serving_arguments:
      gpu_count: 4
      args:
        - --max-model-len=16384
        - --tensor-parallel-size=4
`);
  expect(left).toMatchObject([{ name: "giant", why: expect.stringContaining("NO-GO") }]);
  expect(optimized.map(({ name, changes }) => [name, changes.map(({ what }) => what)])).toEqual([
    ["small", []],
    ["large", ["--tensor-parallel-size"]],
  ]);
});

test("applied to its own result it changes nothing", () => {
  const { text } = generated("8x L40S");
  const again = generated("8x L40S", text);
  expect(again.text).toBe(text!);
  expect(again.left).toEqual([]);
});

test("the file keeps its secrets, what is shown has none", () => {
  const { text, shown, optimized, json } = generated("8x L40S");
  expect(text).toContain("open-sesame");
  expect(JSON.stringify([shown, optimized, json])).not.toContain("open-sesame");
});

test("nothing is generated where nothing is deployable", () => {
  const { text, left } = generated("1x T4");
  expect(text).toBeUndefined();
  expect(left).toHaveLength(3);
});
