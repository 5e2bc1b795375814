import type { Entry } from "./entries.ts";
import { findFiles } from "./find-files.ts";
import { imageShapeOf } from "./image-shape.ts";
import { classNames } from "./label-names.ts";
import { listEntries } from "./list-entries.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { InputSpec } from "./types.ts";

/** The samples at a path before any is read. */
export interface Listed {
  entries: Entry[];
  /** The names of the classes, in their order; undefined where nothing is labelled. */
  labels: readonly string[] | undefined;
}

/** Rejects with a DataError for what is not there, what does not fit the inputs, and labels that are not among those given. */
export async function listSamples(
  path: string,
  inputs: readonly InputSpec[],
  names?: readonly string[],
): Promise<Listed> {
  const entries = await listEntries(await findFiles(path), inputs, names);
  return { entries, labels: classNames(entries, names) };
}

/** Whether some of it are pixels, which are preprocessed; all else is taken as it is. */
export const hasPixels = (
  { entries }: Listed,
  inputs: readonly InputSpec[],
  { layout }: Pick<Preprocessing, "layout">,
): boolean =>
  inputs.some((input) => {
    const takesImages = input.type !== "uint8" && imageShapeOf(input, layout) !== undefined;
    return entries.some(({ parts }) => {
      const part = parts.get(input.name)!;
      return "image" in part || (takesImages && part.array.type === "uint8");
    });
  });
