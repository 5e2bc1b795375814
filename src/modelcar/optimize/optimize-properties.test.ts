import { expect, test } from "bun:test";
import fc from "fast-check";
import { aNeed, anInventory } from "../decision/cluster.fixture.ts";
import { decide } from "../decision/decide.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { generateCar } from "./generate.ts";

const yamlOf = (args: readonly string[], gpuCount: number | undefined): string =>
  `model-car:\n  - name: m\n    image: hf://a/m\n    serving_arguments:\n      args: ${JSON.stringify(args)}\n${
    gpuCount === undefined ? "" : `      gpu_count: ${gpuCount}\n`
  }`;

test("a file is generated exactly of what check then calls GO, and stays as it is", () => {
  let edited = 0;
  fc.assert(
    fc.property(aNeed, anInventory, ({ entry, facts }, inventory) => {
      const car = parseModelCar(yamlOf(entry.args, entry.gpuCount), "car.yaml");
      const need = { entry: car.models[0]!, facts, unread: undefined };
      const { text, optimized, left } = generateCar(car, [need], inventory);
      const before = decide([need], inventory).verdict;
      if (text === undefined) {
        expect(before).not.toBe("GO");
        expect(left).toHaveLength(1);
        return;
      }
      const made = parseModelCar(text, "car.generated.yaml");
      const again = { ...need, entry: made.models[0]! };
      expect(decide([again], inventory).verdict).toBe("GO");
      expect(generateCar(made, [again], inventory).text).toBe(text);
      if (before !== "GO") expect(optimized[0]?.changes).not.toEqual([]);
      if (before !== "GO") edited++;
    }),
    { numRuns: 300, seed: 3 },
  );
  expect(edited).toBeGreaterThan(20);
});
