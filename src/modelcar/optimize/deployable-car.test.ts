import { expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { ModelNeed } from "../decision/types.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { deployableCar } from "./deployable-car.ts";

const MODELS = {
  small: { model: "llama-3.1-8b", args: "[--max-model-len=8192, --api-key=open-sesame]" },
  large: { model: "llama-3.1-70b", args: "[--max-model-len=16384, --tensor-parallel-size=2]" },
  strange: { model: "unheard-of", args: "[]" },
} as const;

function made(names: readonly (keyof typeof MODELS)[], gpus: string) {
  const text = `model-car:\n${names
    .map(
      (name) =>
        `  - name: ${name}\n    image: ./${name}\n    serving_arguments: { args: ${MODELS[name].args} }\n`,
    )
    .join("")}`;
  const car = parseModelCar(text, "car.yaml");
  const needs = car.models.map((entry): ModelNeed => {
    const { model } = MODELS[entry.name as keyof typeof MODELS];
    return { entry, facts: needOf({ name: entry.name, model, gpus }).facts, unread: undefined };
  });
  return {
    car,
    result: deployableCar(car, needs, inventoryOf({ gpus, vllm: "0.11.0" }), "car.generated.yaml"),
  };
}

test("a file of which nothing has to change is taken as it is", () => {
  const { car, result } = made(["small"], "4x L40S");
  expect(result?.car).toBe(car);
  expect(result?.what).toBe("car.yaml as it is");
});

test("edits are made, and what is not deployable is left out; both are told, without secrets", () => {
  const { result } = made(["small", "large", "strange"], "4x L40S");
  expect(result?.car.models.map(({ name, args }) => [name, args])).toEqual([
    ["small", ["--max-model-len=8192", "--api-key=open-sesame"]],
    ["large", ["--max-model-len=16384", "--tensor-parallel-size=4"]],
  ]);
  expect(result?.car.file).toBe("car.generated.yaml");
  expect(result?.what).toBe(
    "car.generated.yaml (in memory, as 'model-car optimize' makes it of car.yaml): large with --tensor-parallel-size=4; without strange",
  );
});

test("nothing is made where no model is deployable", () => {
  expect(made(["large", "strange"], "1x L40S").result).toBeUndefined();
});
