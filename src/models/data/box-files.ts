import { readdir, readFile } from "node:fs/promises";
import { dirname, extname, join, sep } from "node:path";
import { errorCode } from "../../base/errors.ts";

/** `…/images/a.jpg` → `…/labels/a.txt`, and `…/images/a.txt`: where the boxes in an image may be told. */
export function labelFiles(image: string): string[] {
  const beside = `${image.slice(0, image.length - extname(image).length)}.txt`;
  const folders = dirname(image).split(sep);
  const at = folders.lastIndexOf("images");
  if (at < 0) return [beside];
  return [join(folders.with(at, "labels").join(sep) || sep, beside.slice(dirname(image).length + 1)), beside];
}

/** Class, and shares of the image: any other text beside an image tells no boxes. */
const BOX_LINE = /^\s*\d+(\s+[\d.eE+-]+){4,}\s*$/m;

/**
 * Whether boxes are told of these images, as YOLO has them (https://docs.ultralytics.com/datasets/detect): their folders are
 * no classes then, but those that such data sets are sorted into.
 */
export async function tellBoxes(images: readonly string[]): Promise<boolean> {
  const listed = new Map<string, Set<string>>();
  for (const file of images.flatMap(labelFiles)) {
    const folder = dirname(file);
    if (!listed.has(folder)) listed.set(folder, await textsIn(folder));
    if (listed.get(folder)!.has(file) && BOX_LINE.test(await readFile(file, "utf8"))) return true;
  }
  return false;
}

async function textsIn(folder: string): Promise<Set<string>> {
  try {
    const names = await readdir(folder);
    return new Set(names.filter((name) => name.endsWith(".txt")).map((name) => join(folder, name)));
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT" || errorCode(thrown) === "ENOTDIR") return new Set();
    throw thrown;
  }
}
