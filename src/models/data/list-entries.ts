import { existsSync } from "node:fs";
import { basename, sep } from "node:path";
import type { ArrayFile } from "./array-file.ts";
import { tellBoxes } from "./box-files.ts";
import { atPlaceLater, DataError } from "./data-error.ts";
import { type Entry, entriesOf, type Part, partsOf } from "./entries.ts";
import { ACCEPTED, type FileKind, type Found, type FoundFile } from "./find-files.ts";
import { isIdxName, openIdx } from "./idx.ts";
import { folderLabel, labelled, labelNumbers } from "./label-names.ts";
import { openNpy } from "./npy.ts";
import { openNpz } from "./npz.ts";
import type { InputSpec } from "./types.ts";

/** The samples in what was found, none of them read yet. Rejects with a DataError for what does not fit the inputs. */
export async function listEntries(
  found: Found,
  inputs: readonly InputSpec[],
  names: readonly string[] | undefined,
): Promise<Entry[]> {
  const { files, root } = found;
  if (files.length === 0)
    throw new DataError("there are no images or arrays here", { where: root, hint: ACCEPTED });
  if (inputs.length === 0)
    throw new DataError("the model has no inputs that could be given", { where: root });
  const folders =
    inputs.length > 1 && inputs.every(({ name }) => files.some((file) => folderLabel(file) === name));
  if (folders) return folderForEach(found, inputs);
  const entries: Entry[] = [];
  const sorted = !(await tellBoxes(files.filter(({ kind }) => kind === "image").map(({ path }) => path)));
  for (const file of files) {
    const of = await LISTERS[file.kind](file, inputs, names);
    const label = sorted ? folderLabel(file) : undefined;
    entries.push(...(label === undefined ? of : of.map((entry) => ({ label, ...entry }))));
  }
  return entries;
}

type Lister = (file: FoundFile, inputs: readonly InputSpec[], names?: readonly string[]) => Promise<Entry[]>;

const LISTERS: Readonly<Record<FileKind, Lister>> = {
  async image({ path }, inputs) {
    return [{ file: path, parts: new Map([[only(inputs, path).name, { image: path }]]) }];
  },
  async npy({ path }, inputs) {
    const input = only(inputs, path);
    return inArray(await atPlaceLater(path, () => openNpy(path)), input);
  },
  async npz({ path }, inputs, names) {
    const arrays = await openNpz(path);
    const parts = new Map(
      inputs.map((input) => [input.name, partsOf(arrayFor(input, inputs, arrays, path), input)]),
    );
    const entries = entriesOf(inputs, parts, (i) => `${path}[${i}]`, path);
    const labels = ["labels", "label", "y"]
      .map((name) => arrays.get(name))
      .find((array) => array !== undefined);
    return labels === undefined
      ? entries
      : labelled(entries, await labelNumbers(labels, entries.length), names);
  },
  async idx({ path }, inputs, names) {
    const array = await openIdx(path);
    if (array.dims.length === 1 && /label/i.test(basename(path))) return [];
    const entries = inArray(array, only(inputs, path));
    const labels = labelsBeside(path);
    return labels === undefined
      ? entries
      : labelled(entries, await labelNumbers(await openIdx(labels), entries.length), names);
  },
};

function only(inputs: readonly InputSpec[], file: string): InputSpec {
  if (inputs.length === 1) return inputs[0]!;
  const names = inputs.map(({ name }) => name);
  throw new DataError(
    `the model has ${inputs.length} inputs (${names.join(", ")}), and this file is for one`,
    {
      where: file,
      hint: "Give an .npz with an array for each input by its name, or a folder for each with files of the same names.",
    },
  );
}

function inArray(array: ArrayFile, input: InputSpec): Entry[] {
  const parts = partsOf(array, input);
  const whole = parts.length === 1 && parts[0]!.index === undefined;
  return entriesOf(
    [input],
    new Map([[input.name, parts]]),
    (i) => (whole ? array.name : `${array.name}[${i}]`),
    array.name,
  );
}

/** By the input's name; for a single input also the only array that is no list of labels, or what others call it. */
function arrayFor(
  input: InputSpec,
  inputs: readonly InputSpec[],
  arrays: ReadonlyMap<string, ArrayFile>,
  file: string,
): ArrayFile {
  const own = arrays.get(input.name);
  if (own) return own;
  const others = [...arrays].filter(([name]) => !["labels", "label", "y"].includes(name));
  const usual = ["images", "x", "data", "arr_0"]
    .map((name) => arrays.get(name))
    .find((array) => array !== undefined);
  if (inputs.length === 1 && usual) return usual;
  if (inputs.length === 1 && others.length === 1) return others[0]![1];
  throw new DataError(`there is no array for input "${input.name}"`, {
    where: file,
    hint: `The file has ${[...arrays.keys()].join(", ") || "no arrays"}. Name them as the inputs: numpy.savez(file, **{"${input.name}": …}).`,
  });
}

/** `t10k-labels-idx1-ubyte.gz` beside `t10k-images-idx3-ubyte.gz`. */
function labelsBeside(images: string): string | undefined {
  const name = basename(images);
  if (!isIdxName(name) || !name.includes("images")) return undefined;
  const other = name.replace("images", "labels").replace(/idx\d/, "idx1");
  const folder = images.slice(0, -name.length);
  const candidates = [other, other.endsWith(".gz") ? other.slice(0, -3) : `${other}.gz`];
  return candidates.map((candidate) => folder + candidate).find((candidate) => existsSync(candidate));
}

/** `<folder>/<input>/<sample>.npy` or images; a sample has the same name in each. */
async function folderForEach({ files, root }: Found, inputs: readonly InputSpec[]): Promise<Entry[]> {
  const parts = new Map<string, Part[]>();
  const names = new Map<string, string[]>();
  for (const input of inputs) {
    const own = files.filter((file) => folderLabel(file) === input.name);
    const lists = await Promise.all(own.map((file) => partsIn(file, input)));
    parts.set(input.name, lists.flat());
    names.set(
      input.name,
      own.map(({ below }) =>
        below
          .split(sep)
          .slice(1)
          .join(sep)
          .replace(/\.\w+$/, ""),
      ),
    );
  }
  const [first, ...others] = inputs.map(({ name }) => names.get(name)!);
  for (const other of others) {
    const alone =
      first!.find((name) => !other.includes(name)) ?? other.find((name) => !first!.includes(name));
    if (alone !== undefined) {
      throw new DataError(`"${alone}" is not there for every input`, { where: root });
    }
  }
  return entriesOf(
    inputs,
    parts,
    (i) => (first!.length > 1 ? `${root}, ${first![i] ?? i}` : `${root}[${i}]`),
    root,
  );
}

async function partsIn(file: FoundFile, input: InputSpec): Promise<Part[]> {
  if (file.kind === "image") return [{ image: file.path }];
  if (file.kind === "npy") return partsOf(await atPlaceLater(file.path, () => openNpy(file.path)), input);
  throw new DataError("a folder for an input holds images or .npy files", { where: file.path });
}
