import { resolve } from "node:path";
import { ExpectedError, toError } from "./errors.ts";
import { systemReason } from "./system-error.ts";

/**
 * The text of a PEM file (RFC 7468) that a config names; relative to `baseDir`. `where` is its key's path in the
 * config, for errors. Rejects with an ExpectedError.
 */
export async function readPem(file: string, baseDir: string, where: string): Promise<string> {
  const path = resolve(baseDir, file);
  const text = await Bun.file(path)
    .text()
    .catch((cause: unknown) => {
      const reason = systemReason(cause) ?? toError(cause).message;
      const hint = `Give the path of a PEM file; a relative one is taken from ${baseDir}.`;
      throw new ExpectedError(`cannot read ${path}: ${reason}`, { where, hint, cause });
    });
  if (text.includes("-----BEGIN ")) return text;
  throw new ExpectedError(`${path} is not a PEM file`, {
    where,
    hint: "PEM is text with a line -----BEGIN …-----; openssl makes it of other forms, as DER.",
  });
}
