import { ExpectedError } from "../../base/errors.ts";
import { type Places, placesOf } from "./edit/models.ts";
import { removalEdits } from "./edit/removal.ts";
import { styleOf } from "./edit/render.ts";
import { differing, sameList, stepFor, type Wanted } from "./edit/serving.ts";
import { type Edit, endOf, eolOf, readSource, type Source, spliced, startOf } from "./edit/source.ts";
import { usesIn } from "./edit/uses.ts";
import { parseModelCar } from "./parse.ts";
import type { ModelCar } from "./types.ts";

/** What is to be different for one model in the generated file. */
export interface ModelChange {
  /** The model's name in the file. */
  name: string;
  /** All its arguments, in order. */
  args?: readonly string[];
  gpuCount?: number;
  /** Leave the model out. */
  remove?: boolean;
}

/**
 * The file's text with the changes in it. What is not changed stays as it was written, byte for byte. A block that several
 * models share is changed where it stands when all of them want the same; else the model gets what it wants in its own
 * entry, and who shared its block keeps the old. An argument that goes leaves its comment behind. Writing the result once
 * more changes nothing.
 */
export function rewriteArguments(car: ModelCar, changes: readonly ModelChange[]): string {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const kept = car.models.filter(({ name }) => byName.get(name)?.remove !== true);
  const wanted = new Map(
    kept.map(({ name, args, gpuCount }): [string, Wanted] => {
      const change = byName.get(name);
      return [name, { args: change?.args ?? args, gpuCount: change?.gpuCount ?? gpuCount }];
    }),
  );
  const eol = eolOf(car.text);
  const isEnded = car.text.endsWith("\n");
  const text = edited(isEnded ? car.text : `${car.text}${eol}`, wanted);
  const result = isEnded ? text : text.slice(0, -eol.length);
  if (kept.length > 0 && result !== car.text) assertWritten(car, result, wanted);
  return result;
}

/** Edits until each model has what it wants: what one shares with others may take several rounds. */
function edited(before: string, wanted: ReadonlyMap<string, Wanted>): string {
  let text = before;
  for (let round = 0; round < 20 + 8 * wanted.size; round++) {
    const edits = nextEdits(readSource(text), wanted);
    if (edits.length === 0) return text;
    text = spliced(text, edits);
  }
  return text;
}

function nextEdits(source: Source, wanted: ReadonlyMap<string, Wanted>): Edit[] {
  const uses = usesIn(source);
  const style = styleOf(source);
  const { list, models } = placesOf(source);
  const gone = models.filter(({ name }) => !wanted.has(name)).map(({ item }) => item);
  if (list !== undefined && gone.length > 0 && wanted.size > 0)
    return removalEdits(source, uses, list, gone, style);
  if (gone.length > 0) return emptied(source, list);
  const work = { source, uses, style, places: models, wanted };
  const local: Edit[] = [];
  for (const place of models) {
    if (differing(work, place).length === 0) continue;
    const { edits, isLocal } = stepFor(work, place);
    if (!isLocal) return edits;
    local.push(...edits);
  }
  return local;
}

/** Nothing is left: no list, since below the key alone nothing would stand. */
const emptied = (source: Source, list: Places["list"]): Edit[] =>
  list === undefined ? [] : [{ from: startOf(list), to: endOf(source, list), text: "[]" }];

/** Each model as it is wanted, and in all else as it was: what is written is read once more. */
function assertWritten(car: ModelCar, text: string, wanted: ReadonlyMap<string, Wanted>): void {
  const before = new Map(car.models.map((entry) => [entry.name, entry]));
  const after = parseModelCar(text, car.file).models;
  const wrong = after.find((entry) => {
    const [was, want] = [before.get(entry.name), wanted.get(entry.name)];
    if (was === undefined || want === undefined) return true;
    const isWanted = sameList(entry.args, want.args) && entry.gpuCount === want.gpuCount;
    return !isWanted || entry.image !== was.image || entry.outputType !== was.outputType;
  });
  if (wrong === undefined && after.length === wanted.size) return;
  throw new ExpectedError(
    `${car.file}: ${wrong?.name ?? "a model"} shares its arguments in a way that cannot be rewritten`,
    { hint: "write its serving_arguments out, without an anchor, an alias or a merge" },
  );
}
