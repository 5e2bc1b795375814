import { decide } from "../decision/decide.ts";
import type { Change, ModelDecision, ModelNeed } from "../decision/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { type ModelChange, rewriteArguments } from "../manifest/rewrite.ts";
import type { ModelCar } from "../manifest/types.ts";
import { masked } from "../report/masked.ts";
import { maskedEntry } from "../secrets/entry.ts";
import { maskedYaml } from "../secrets/yaml.ts";
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
  /** Models that are in it, each a GO by itself, as the file has them; without secrets. */
  needs: ModelNeed[];
}

/**
 * The file for an inventory: every deployable model by the fewest edits, the others left out. What is told is worked out
 * from entries without secrets, what is written from those of the file.
 */
export function generateCar(car: ModelCar, needs: readonly ModelNeed[], inventory: Inventory): Generated {
  const written = new Map(car.models.map((entry) => [entry.name, entry]));
  const results = needs.map(({ entry, ...rest }) => {
    const need = { ...rest, entry: maskedEntry(entry) };
    const own = { ...rest, entry: written.get(entry.name) ?? entry };
    const shown = optimizeFor(need, inventory);
    const isSame = Bun.deepEquals(need.entry, own.entry);
    return { need, ...shown, own: isSame ? shown.args : optimizeFor(own, inventory).args };
  });
  const good = results.filter(({ deployable }) => deployable);
  const bad = results.filter(({ deployable }) => !deployable);
  const changes: ModelChange[] = [
    ...good.map(({ need: { entry }, own, gpuCount }) => ({
      name: entry.name,
      args: own,
      ...(gpuCount !== undefined && { gpuCount }),
    })),
    ...bad.map(({ need }) => ({ name: need.entry.name, remove: true })),
  ];
  const optimized = good.map(({ need, args, changes: edits }) => ({
    name: need.entry.name,
    args,
    changes: edits,
  }));
  const undeployable = decide(
    bad.map(({ need }) => need),
    inventory,
  );
  const text = good.length === 0 ? undefined : rewriteArguments(car, changes);
  return {
    text,
    shown: { before: maskedYaml(car.text), after: maskedYaml(text ?? car.text) },
    ...masked({
      optimized,
      left: undeployable.models.map((model) => ({ name: model.name, why: whyNot(model) })),
    }),
    json: optimizedArgumentsJson(masked(optimized)),
    needs: good.map(({ need, args, gpuCount }) => ({ ...need, entry: { ...need.entry, args, gpuCount } })),
  };
}

/** All that stands against a model: who mends one thing wants to know of the others. */
const whyNot = ({ verdict, reasons }: ModelDecision): string =>
  `${verdict}: ${reasons
    .filter(({ kind }) => kind !== "note" && kind !== "warning")
    .map(({ text }) => text)
    .join("; ")}`;

/** Why the models that are in the result do not all run at the same time; undefined: they do. */
export function notTogether({ needs }: Generated, inventory: Inventory): string | undefined {
  const { verdict, reasons } = decide(needs, inventory);
  if (verdict === "GO") return undefined;
  const why = reasons.map(({ text }) => text).join("; ");
  return verdict === "UNKNOWN" ? why : `not all run at the same time: ${why}`;
}
