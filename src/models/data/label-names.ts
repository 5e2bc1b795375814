import { sep } from "node:path";
import { elementsAt } from "../onnx/elements.ts";
import type { ArrayFile } from "./array-file.ts";
import { partBytes } from "./array-value.ts";
import { DataError } from "./data-error.ts";
import type { Entry } from "./entries.ts";
import type { FoundFile } from "./find-files.ts";

/** The class of a file: the first folder below the root, as torchvision's ImageFolder has it. */
export const folderLabel = ({ below }: FoundFile): string | undefined => {
  const parts = below.split(sep);
  return parts.length > 1 ? parts[0] : undefined;
};

/** The numbers of the classes in an array, one for each sample. */
export async function labelNumbers(array: ArrayFile, count: number): Promise<number[]> {
  const { dims, type, name } = array;
  const whole = !["float", "double", "float16", "bool"].includes(type);
  if (!whole || dims[0] !== count || dims.some((dim, i) => i > 0 && dim !== 1)) {
    throw new DataError(
      `the labels are ${type} ${dims.join("×")}, where ${count} whole numbers are expected`,
      { where: name },
    );
  }
  const numbers = Array.from<number | bigint, number>(elementsAt(type, await partBytes({ array })), Number);
  const wrong = numbers.find((number) => number < 0 || number > 1e6);
  if (wrong !== undefined) throw new DataError(`${wrong} is no number of a class`, { where: name });
  return numbers;
}

/** Labels the samples by the numbers; names that are given stand for them. */
export function labelled(
  entries: readonly Entry[],
  numbers: readonly number[],
  names?: readonly string[],
): Entry[] {
  return entries.map((entry, i) => {
    const label = names === undefined ? String(numbers[i]) : names[numbers[i]!];
    if (label !== undefined) return { ...entry, label };
    throw new DataError(`class ${numbers[i]} has no name: ${names!.length} are given`, { where: entry.file });
  });
}

/**
 * The classes in their order: as given, else numbers from 0, else names sorted character by character. Throws a DataError for
 * a label that is not among those given.
 */
export function classNames(
  entries: readonly Entry[],
  given?: readonly string[],
): readonly string[] | undefined {
  const used = new Set(entries.flatMap(({ label }) => (label === undefined ? [] : [label])));
  if (used.size === 0) return undefined;
  if (given) {
    const stranger = entries.find(({ label }) => label !== undefined && !given.includes(label));
    if (!stranger) return given;
    throw new DataError(`"${stranger.label}" is not among the labels given`, {
      where: stranger.file,
      hint: `They are ${given.slice(0, 20).join(", ")}${given.length > 20 ? ", …" : ""}.`,
    });
  }
  if ([...used].every((label) => /^(0|[1-9]\d*)$/.test(label))) {
    const last = Math.max(...[...used].map(Number));
    if (last <= 1e6) return Array.from({ length: last + 1 }, (_, number) => String(number));
  }
  return [...used].sort((a, b) => (a < b ? -1 : 1));
}
