import { editText } from "../decision/change-text.ts";
import type { ModelNeed } from "../decision/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { parseModelCar } from "../manifest/parse.ts";
import type { ModelCar } from "../manifest/types.ts";
import { generateCar } from "./generate.ts";

export interface DeployableCar {
  /** The file itself where nothing of it has to change. */
  car: ModelCar;
  /** In one line: which file it is, the edits of each model, and who is left out. Without secrets. */
  what: string;
}

/**
 * What of a model-car can be run on an inventory: the models that are deployable, with the arguments that start. `file`
 * is what the result is called, which is written nowhere. Undefined: no model is deployable.
 */
export function deployableCar(
  car: ModelCar,
  needs: readonly ModelNeed[],
  inventory: Inventory,
  file: string,
): DeployableCar | undefined {
  const { text, optimized, left } = generateCar(car, needs, inventory);
  if (text === undefined) return undefined;
  const edits = optimized.filter(({ changes }) => changes.length > 0);
  if (edits.length === 0 && left.length === 0) return { car, what: `${car.file} as it is` };
  const edited = edits.map(({ name, changes }) => `${name} with ${changes.map(editText).join(" ")}`);
  const out = left.length === 0 ? [] : [`without ${left.map(({ name }) => name).join(", ")}`];
  return {
    car: parseModelCar(text, file),
    what: `${file} (in memory, as 'model-car optimize' makes it of ${car.file}): ${[...edited, ...out].join("; ")}`,
  };
}
