import { readFileSync } from "node:fs";
import type { Env } from "./env.ts";
import { ExpectedError } from "./errors.ts";
import { systemReason } from "./system-error.ts";

/**
 * The environment, in which NAME_FILE stands in for a NAME that is unset or empty: the file holds the value, as it does
 * for Docker's secrets and systemd's credentials. A file is read when its variable is asked for, and not before. A line
 * break at its end does not belong to the value. Throws an ExpectedError when a file that is asked for cannot be read.
 */
export function withFiles(env: Env): Env {
  return new Proxy(env, {
    get(target, name) {
      if (typeof name !== "string") return undefined;
      const value = target[name];
      if (value) return value;
      const file = target[`${name}_FILE`];
      return file ? readValue(name, file) : value;
    },
  });
}

function readValue(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new ExpectedError(`${name}_FILE names ${file}, which cannot be read: ${systemReason(cause)}`, {
      cause,
      hint: `Mend the file, or set ${name} itself.`,
    });
  }
}
