import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Glob } from "bun";
import { errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { DataError } from "./data-error.ts";
import { IMAGE_EXTENSIONS } from "./decode-image.ts";
import { isIdxName } from "./idx.ts";

export type FileKind = "image" | "npy" | "npz" | "idx";

export interface FoundFile {
  path: string;
  kind: FileKind;
  /** The path below the folder, or below the part of the pattern that has no wildcards. */
  below: string;
}

export interface Found {
  root: string;
  /** In the order of their names, character by character, as Python sorts them. */
  files: FoundFile[];
}

/** The images and arrays at an absolute path: a file, a folder with all below it, or a glob pattern. Rejects with a DataError. */
export async function findFiles(path: string): Promise<Found> {
  const facts = await statOf(path);
  if (facts?.isDirectory()) return { root: path, files: await inFolder(path) };
  if (facts) return { root: path, files: [await single(path)] };
  if (/[*?[{]/.test(path)) return matching(path);
  throw new DataError("there is no such file or folder", { where: path });
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT" || /[*?[{]/.test(path)) return undefined;
    throw new DataError(`it cannot be read: ${systemReason(thrown) ?? errorCode(thrown)}`, {
      where: path,
      cause: thrown,
    });
  }
}

async function inFolder(root: string): Promise<FoundFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => foundFile(path, relative(root, path)));
  return sorted(files);
}

async function matching(pattern: string): Promise<Found> {
  const parts = pattern.split(sep);
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  const root = parts.slice(0, wild).join(sep) || sep;
  const files: FoundFile[] = [];
  if (await statOf(root)) {
    for await (const below of new Glob(parts.slice(wild).join("/")).scan({ cwd: root, onlyFiles: true })) {
      files.push(...foundFile(join(root, below), below));
    }
  }
  if (files.length === 0)
    throw new DataError("no image or array matches the pattern", { where: pattern, hint: ACCEPTED });
  return { root, files: sorted(files) };
}

/** A file that was named is read by what it is, where its name does not say it. */
async function single(path: string): Promise<FoundFile> {
  const kind = kindOf(path) ?? kindOfContent(await Bun.file(path).slice(0, 6).bytes());
  return { path, kind, below: path.split(sep).at(-1)! };
}

function kindOfContent(head: Uint8Array): FileKind {
  if (head[0] === 0x93 && head[1] === 0x4e) return "npy";
  if (head[0] === 0x50 && head[1] === 0x4b) return "npz";
  const idx = (head[0] === 0 && head[1] === 0 && head[2]! >= 8) || (head[0] === 0x1f && head[1] === 0x8b);
  return idx ? "idx" : "image";
}

/** Hidden files, and what macOS puts into archives, are no data. */
function foundFile(path: string, below: string): FoundFile[] {
  if (below.split(sep).some((part) => part.startsWith(".") || part === "__MACOSX")) return [];
  const kind = kindOf(path);
  return kind === undefined ? [] : [{ path, kind, below }];
}

function kindOf(path: string): FileKind | undefined {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  if (extension === "npy" || extension === "npz") return extension;
  if (IMAGES.has(extension)) return "image";
  return isIdxName(path.split(sep).at(-1)!) ? "idx" : undefined;
}
const IMAGES: ReadonlySet<string> = new Set(IMAGE_EXTENSIONS);

export const ACCEPTED = `Images (${IMAGE_EXTENSIONS.slice(0, 2).join(", ")}, png, webp, bmp, gif), .npy, .npz and IDX files are read.`;

const sorted = (files: FoundFile[]): FoundFile[] =>
  files.sort((a, b) => (a.below < b.below ? -1 : a.below > b.below ? 1 : 0));
