import { redactor } from "../../base/redact.ts";
import { decide, decisionLine } from "../decision/decide.ts";
import { type ModelChange, rewriteArguments } from "../manifest/rewrite.ts";
import type { ModelCar } from "../manifest/types.ts";
import { masked, maskedArguments, secretValues } from "../report/masked.ts";
import { parseArguments } from "../settings/arguments.ts";
import type { Change, Inventory, ModelEntry, ModelNeed } from "../types.ts";
import { optimizedArgumentsJson, optimizeFor } from "./optimize.ts";

/** A model-car file with arguments that start. */
export interface Generated {
  /** The whole file; undefined: no model of it is deployable. */
  text: string | undefined;
  /** Models that are in it, with the edits of each; none where the arguments are fine. Without secrets, to be shown. */
  optimized: { name: string; args: string[]; changes: Change[] }[];
  /** Models that no edit of arguments makes deployable. */
  left: { name: string; why: string }[];
  /** The file's text and the result as they may be shown. */
  shown: { before: string; after: string };
  /** The value of OPTIMIZED_SERVING_ARGUMENTS_JSON. Without secrets, to be shown. */
  json: string;
}

/**
 * `gpu_count` goes with the arguments, where the file has one: the OpenDataHub tests set --tensor-parallel-size to it
 * whatever the arguments say.
 */
function gpuCountOf({ gpuCount, name }: ModelEntry, args: readonly string[]): { gpuCount?: number } {
  if (gpuCount === undefined) return {};
  const { byFlag } = parseArguments(args, name);
  const sizes = ["tensor-parallel-size", "pipeline-parallel-size"].map((flag) =>
    Number(byFlag.get(flag)?.value ?? 1),
  );
  const wanted = sizes.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(wanted) && wanted >= 1 ? { gpuCount: wanted } : {};
}

/** The file for an inventory: every deployable model by the fewest edits, the others left out. */
export function generateCar(car: ModelCar, needs: readonly ModelNeed[], inventory: Inventory): Generated {
  const results = needs.map((need) => ({ need, ...optimizeFor(need, inventory) }));
  const good = results.filter(({ deployable }) => deployable);
  const bad = results.filter(({ deployable }) => !deployable);
  const changes: ModelChange[] = [
    ...good.map(({ need: { entry }, args }) => ({ name: entry.name, args, ...gpuCountOf(entry, args) })),
    ...bad.map(({ need }) => ({ name: need.entry.name, remove: true })),
  ];
  const optimized = good.map(({ need, args, changes: edits }) => ({
    name: need.entry.name,
    args: maskedArguments(args),
    changes: edits,
  }));
  const undeployable = decide(
    bad.map(({ need }) => need),
    inventory,
  );
  const text = good.length === 0 ? undefined : rewriteArguments(car, changes);
  const redact = redactor(car.models.flatMap(({ args }) => secretValues(args)));
  return {
    text,
    shown: { before: redact(car.text), after: redact(text ?? car.text) },
    ...masked({
      optimized,
      left: undeployable.models.map((model) => ({ name: model.name, why: decisionLine(model) })),
    }),
    json: optimizedArgumentsJson(masked(optimized)),
  };
}
