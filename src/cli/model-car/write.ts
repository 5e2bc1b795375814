import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Context } from "../framework/context.ts";

/** Writes a file, its folder too; `-` is standard output. @throws ExpectedError */
export async function writeText(
  { cwd, stdout }: Pick<Context, "cwd" | "stdout">,
  file: string,
  text: string,
): Promise<void> {
  if (file === "-") return stdout.write(text);
  await makeFolderOf({ cwd }, file);
  await told("it cannot be written", file, () => writeFile(resolve(cwd, file), text));
}

/** Makes the folder that a file is to be written into, so that what is in its way is told early. @throws ExpectedError */
export async function makeFolderOf({ cwd }: Pick<Context, "cwd">, file: string): Promise<void> {
  if (file === "-") return;
  const folder = dirname(resolve(cwd, file));
  await told(`the folder ${folder} cannot be made`, file, () => mkdir(folder, { recursive: true }));
}

async function told(what: string, where: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    throw new ExpectedError(`${what}: ${reason}`, { where, cause });
  }
}
