import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Context } from "../framework/context.ts";

/** Writes a file, its folder too; `-` is standard output. @throws ExpectedError */
export async function writeText({ cwd, stdout }: Context, file: string, text: string): Promise<void> {
  if (file === "-") return stdout.write(text);
  const path = resolve(cwd, file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (thrown) {
    const reason = systemReason(thrown);
    if (reason === undefined) throw thrown;
    throw new ExpectedError(`it cannot be written: ${reason}`, { where: file, cause: thrown });
  }
}
