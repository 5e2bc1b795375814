import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { ExpectedError, errorCode, UsageError } from "../../base/errors.ts";
import type { Context } from "../framework/context.ts";

/** The task's text: as given, or all of standard input for `-`, or when none is given and something is piped in. */
export async function readTask({ stdin }: Context, given: string | undefined): Promise<string> {
  if (given !== undefined && given !== "-") return given;
  if (given === undefined && stdin.isTTY) {
    throw new UsageError("<task> is missing: what the agent shall do", {
      hint: "Put the text in quotes, or pipe it in.",
    });
  }
  const text = (await stdin.text()).trim();
  if (text === "") throw new UsageError("the task is empty");
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
    throw unreadable(name, error);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it may not be read",
};

const unreadable = (name: string, cause: unknown): ExpectedError =>
  new ExpectedError(`cannot read ${name}: ${REASONS[errorCode(cause) ?? ""] ?? String(cause)}`, { cause });
