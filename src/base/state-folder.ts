import { isAbsolute, join, resolve } from "node:path";
import type { Env } from "./env.ts";
import { ExpectedError } from "./errors.ts";

/** Variable that names the folder for what outlives the process; relative to the working folder. */
export const DATA_DIR = "AGENT2389_DATA_DIR";

/** Folder for what outlives the process, absolute: AGENT2389_DATA_DIR, else {@link defaultStateFolder}. */
export function stateFolder(env: Env, cwd: string): string {
  const named = env[DATA_DIR];
  return named ? resolve(cwd, named) : defaultStateFolder(env);
}

/**
 * The folder when nobody names one: below $XDG_STATE_HOME, or its default in $HOME. As the XDG Base Directory
 * Specification has it, a relative path in these variables counts as not set.
 */
export function defaultStateFolder(env: Env): string {
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = env;
  if (isAbsolute(state)) return join(state, "agent2389");
  if (isAbsolute(home)) return join(home, ".local", "state", "agent2389");
  throw new ExpectedError("there is no folder for data: neither HOME nor XDG_STATE_HOME is set", {
    hint: `Name one with [storage] dir, or the environment variable ${DATA_DIR}.`,
  });
}
