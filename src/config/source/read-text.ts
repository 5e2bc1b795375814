import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { closest } from "../../base/did-you-mean.ts";
import { errorCode, toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { ConfigError } from "../problems/problem.ts";

/** A config larger than this is not one. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * The text of a config file, relative to `cwd`; a {@link ConfigError} when there is none that could be a config.
 */
export async function readConfigText(file: string, cwd: string): Promise<string> {
  const bytes = await readBytes(file, cwd);
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw fileError(file, "larger than 1 MiB: not an agent's config", "name the agent's TOML file");
  }
  const text = decode(file, bytes);
  if (text.trim() === "") throw fileError(file, "the file is empty", MAKE_ONE);
  return text;
}

const MAKE_ONE = "make one with: agent2389 new basic my-agent -o my-agent.toml";

function fileError(file: string, message: string, hint: string, line?: number, cause?: unknown): ConfigError {
  const place = line === undefined ? {} : { line, column: 1 };
  return new ConfigError([{ kind: "file", file, ...place, path: "", message, hint }], { cause });
}

/** Reads one byte more than is allowed at most, so that endless files end. */
async function readBytes(file: string, cwd: string): Promise<Uint8Array> {
  try {
    return await Bun.file(resolve(cwd, file))
      .slice(0, MAX_CONFIG_BYTES + 1)
      .bytes();
  } catch (thrown) {
    throw explain(file, cwd, thrown);
  }
}

function explain(file: string, cwd: string, thrown: unknown): ConfigError {
  const failed = (message: string, hint: string) => fileError(file, message, hint, undefined, thrown);
  switch (errorCode(thrown)) {
    case "ENOENT":
    case "ENOTDIR": {
      const meant = closest(basename(file), configsIn(dirname(resolve(cwd, file))));
      return failed("no such file", meant ? `did you mean ${join(dirname(file), meant)}?` : MAKE_ONE);
    }
    case "EISDIR": {
      const [first] = configsIn(resolve(cwd, file));
      return failed("a folder, not a file", first ? `name a file in it, as ${join(file, first)}` : MAKE_ONE);
    }
    case "EACCES":
    case "EPERM":
      return failed("not allowed to read the file", "give this user the right to read it");
    default:
      return failed(
        `cannot be read: ${systemReason(thrown) ?? toError(thrown).message}`,
        "check the path and the disk",
      );
  }
}

function configsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".toml"))
      .sort();
  } catch {
    return []; // no folder, no suggestion: the error says what is wrong all the same
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const message = utf16 ? "the text is UTF-16; TOML is UTF-8" : "a byte that is not UTF-8; TOML is UTF-8";
    throw fileError(file, message, "save the file as UTF-8", utf16 ? 1 : firstBadLine(bytes), thrown);
  }
}

/** The byte of a newline is part of no other UTF-8 character, so lines can be looked at one by one. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line; // this is the line that was looked for
    }
    start = end + 1;
  }
  return line;
}
