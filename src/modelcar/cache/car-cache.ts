import { join } from "node:path";
import { fields } from "../../base/lenient-json.ts";
import type { ModelCar, ModelEntry } from "../manifest/types.ts";
import { hashed, readJson, writeJson } from "./json-file.ts";

/** Raised when what is read of a file changes: older entries are not looked at. */
const VERSION = 2;

type Car = Pick<ModelCar, "file" | "models" | "warnings">;

/**
 * The models of a model-car file, from the cache when a file with the very same text was read before: reading YAML with
 * the place of every word takes longer than everything else that `check` does. `folder` is the cache folder; undefined:
 * nothing is kept. What is wrong is read, and told, anew each time. Rejects as `parse` does.
 */
export async function cachedCar(
  text: string,
  file: string,
  folder: string | undefined,
  parse: () => Promise<Car>,
): Promise<Car> {
  if (folder === undefined) return parse();
  const entry = join(folder, "model-car", `v${VERSION}`, "files", `${hashed(text)}.json`);
  const models = modelsIn(readJson(entry));
  if (models !== undefined) return { file, models, warnings: [] };
  const car = await parse();
  if (car.warnings.length === 0) await writeJson(entry, car.models); // not kept: read again the next time
  return car;
}

/** Entries are our own; this tells a damaged one. JSON has no undefined: keys without a value come back with it. */
function modelsIn(value: unknown): ModelEntry[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const models = value.flatMap((model: unknown) => (isEntry(model) ? [{ ...NOTHING, ...model }] : []));
  return models.length === value.length ? models : undefined;
}

const NOTHING = { outputType: undefined, gpuCount: undefined };

function isEntry(model: unknown): model is ModelEntry {
  const { name, image, args, line } = fields(model);
  return (
    typeof name === "string" &&
    typeof image === "string" &&
    typeof line === "number" &&
    Array.isArray(args) &&
    args.every((arg) => typeof arg === "string")
  );
}
