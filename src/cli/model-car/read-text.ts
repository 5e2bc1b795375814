import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Context } from "../framework/context.ts";

/** A file that someone named; `absent` says what to do where there is none. @throws ExpectedError */
export async function readText({ cwd }: Context, file: string, absent?: string): Promise<string> {
  const path = resolve(cwd, file);
  try {
    // At once, but for a pipe, which may never end: starting the threads that read takes longer than reading.
    return statSync(path).isFile() ? readFileSync(path, "utf8") : await Bun.file(path).text();
  } catch (thrown) {
    const reason = systemReason(thrown);
    if (reason === undefined) throw thrown;
    const hint = errorCode(thrown) === "EISDIR" ? "Name a file in it." : absent;
    throw new ExpectedError(`the file cannot be read: ${reason}`, { where: file, ...(hint && { hint }) });
  }
}
