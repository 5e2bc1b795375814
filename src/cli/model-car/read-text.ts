import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Context } from "../framework/context.ts";

/** A file that someone named. @throws ExpectedError */
export async function readText({ cwd }: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), "utf8");
  } catch (thrown) {
    const reason = systemReason(thrown);
    if (reason === undefined) throw thrown;
    const hint = errorCode(thrown) === "EISDIR" ? "Name a file in it." : undefined;
    throw new ExpectedError(`it cannot be read: ${reason}`, { where: file, ...(hint && { hint }) });
  }
}
