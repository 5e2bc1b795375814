import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { race } from "../../base/abort.ts";
import { ExpectedError, toError, UsageError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Context } from "../framework/context.ts";

/** The task's text: as given, or all of standard input for `-`, or when none is given and something is piped in. */
export async function readTask({ stdin, signal }: Context, given: string | undefined): Promise<string> {
  if (given !== undefined && given !== "-") return given;
  if (given === undefined && stdin.isTTY) {
    throw new UsageError("<task> is missing: what the agent shall do", {
      hint: "Put the text in quotes, or pipe it in.",
    });
  }
  const text = (await race(stdin.text(), signal)).trim();
  if (text === "")
    throw new UsageError("the task is empty", { hint: "Give it as a text in quotes, or pipe one in." });
  return text;
}

export const readFiles = (ctx: Context, paths: readonly string[]) =>
  Promise.all(
    paths.map(async (path) => ({
      name: basename(path),
      content: await readText(resolve(ctx.cwd, path), path),
    })),
  );

/** `name` is how the file was called. */
async function readText(path: string, name: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) throw new ExpectedError(`${name} is not UTF-8 text`, { cause: error });
    const reason = systemReason(error) ?? toError(error).message;
    throw new ExpectedError(`cannot read ${name}: ${reason}`, { cause: error });
  }
}
