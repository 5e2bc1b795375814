import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpectedError, errorCode, toError } from "../base/errors.ts";
import { writeWhole } from "../base/replace-file.ts";
import { systemReason } from "../base/system-error.ts";
import type { Files } from "./target.ts";

export type FileState = "written" | "changed" | "same";

export interface WrittenFile {
  path: string;
  state: FileState;
}

export interface WriteOptions {
  /** Write over files that this program did not make. */
  force: boolean;
}

/** What rendered files say of themselves; a config that is carried along in a file of its own says nothing. */
const MARK = "agent-deploy";

/**
 * Writes the files below a folder, those that differ and no others, each in one step: who reads it meanwhile finds the
 * old one or the new one. Refuses, before it writes any, to take the place of files that
 * are not ours.
 */
export async function writeFiles(
  folder: string,
  files: Files,
  { force }: WriteOptions,
): Promise<WrittenFile[]> {
  const states = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({
      path,
      text,
      before: await readExisting(join(folder, path)),
    })),
  );
  const known = states.filter(({ before }) => before !== undefined);
  const foreign = known.filter(({ text, before }) => before !== text);
  if (foreign.length > 0 && !force && !known.some(({ before }) => before?.includes(MARK))) {
    throw new ExpectedError(
      `${foreign.map(({ path }) => join(folder, path)).join(", ")}: there already, and not made by agent-deploy`,
      { hint: "Choose another folder, or write over it with --force." },
    );
  }
  const written: WrittenFile[] = [];
  for (const { path, text, before } of states) {
    if (before !== text) await write(join(folder, path), text);
    written.push({ path, state: before === undefined ? "written" : before === text ? "same" : "changed" });
  }
  return written;
}

/** Unlike base/read-if-there.ts: a file where a folder should be is told now, as nothing can be written below it. */
async function readExisting(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw cannot("read", path, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, text);
  } catch (error) {
    throw cannot("write", path, error);
  }
}

const cannot = (what: string, path: string, cause: unknown): ExpectedError =>
  new ExpectedError(`cannot ${what} ${path}: ${systemReason(cause) ?? toError(cause).message}`, { cause });
