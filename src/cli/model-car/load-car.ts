import { join } from "node:path";
import { findCacheFolder } from "../../base/cache-folder.ts";
import { UsageError } from "../../base/errors.ts";
import type { Bootstrap } from "../../modelcar/info/models-info.ts";
import type { ModelCar } from "../../modelcar/manifest/types.ts";
import { maskedEntry } from "../../modelcar/secrets/entry.ts";
import type { Context } from "../framework/context.ts";
import { readText } from "./read-text.ts";

/** The model-car file that the command line names, whole. @throws ManifestError with everything that is wrong with it */
export async function loadCar(ctx: Context, file: string): Promise<ModelCar> {
  const { parseModelCar } = await import("../../modelcar/manifest/parse.ts");
  return parseModelCar(await carText(ctx, file), named(file));
}

const carText = (ctx: Context, file: string): Promise<string> =>
  file === "-" ? ctx.stdin.text() : readText(ctx, file);

const named = (file: string): string => (file === "-" ? "standard input" : file);

/** Its models alone, which the cache has when the same text was read before. */
async function modelsOf(ctx: Context, file: string): Promise<Loaded["car"]> {
  const [text, { cachedCar }] = await Promise.all([
    carText(ctx, file),
    import("../../modelcar/cache/car-cache.ts"),
  ]);
  return cachedCar(text, named(file), findCacheFolder(ctx.env, ctx.cwd), async () => {
    const { parseModelCar } = await import("../../modelcar/manifest/parse.ts");
    const car = parseModelCar(text, named(file));
    return { ...car, models: car.models.map(maskedEntry) }; // the cache is no place for secrets
  });
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
    return { car: await modelsOf(ctx, file), bootstrap: undefined };
  }
  const { parseModelsInfo } = await import("../../modelcar/info/models-info.ts");
  const from = join(folder, "models_info.json");
  const text = await readText(ctx, from, "Name the folder that an earlier 'check --info' wrote.");
  const bootstrap = { ...parseModelsInfo(text, from), from };
  const car =
    file === undefined ? { file: from, models: bootstrap.models, warnings: [] } : await modelsOf(ctx, file);
  return { car, bootstrap };
}
