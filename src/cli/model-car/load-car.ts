import { join } from "node:path";
import { UsageError } from "../../base/errors.ts";
import type { Bootstrap } from "../../modelcar/info/models-info.ts";
import { parseModelCar } from "../../modelcar/manifest/parse.ts";
import type { ModelCar } from "../../modelcar/manifest/types.ts";
import type { Context } from "../framework/context.ts";
import { readText } from "./machines.ts";

/** The model-car file that the command line names. @throws ManifestError with everything that is wrong with it */
export async function loadCar(ctx: Context, file: string): Promise<ModelCar> {
  return file === "-"
    ? parseModelCar(await ctx.stdin.text(), "standard input")
    : parseModelCar(await readText(ctx, file), file);
}

export interface Loaded {
  car: Pick<ModelCar, "file" | "models" | "warnings">;
  bootstrap: (Bootstrap & { from: string }) | undefined;
}

/** The models of a file, of an earlier run, or of a file with what an earlier run knew of them. */
export async function loadModels(
  ctx: Context,
  file: string | undefined,
  folder: string | undefined,
): Promise<Loaded> {
  if (folder === undefined) {
    if (file === undefined)
      throw new UsageError("<modelcar> is missing: name a model-car file, or an earlier run by --bootstrap");
    return { car: await loadCar(ctx, file), bootstrap: undefined };
  }
  const { parseModelsInfo } = await import("../../modelcar/info/models-info.ts");
  const from = join(folder, "models_info.json");
  const bootstrap = { ...parseModelsInfo(await readText(ctx, from), from), from };
  const car =
    file === undefined ? { file: from, models: bootstrap.models, warnings: [] } : await loadCar(ctx, file);
  return { car, bootstrap };
}
