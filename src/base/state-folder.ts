import { join } from "node:path";
import type { Env } from "./env.ts";
import { ExpectedError } from "./errors.ts";

/**
 * Folder for what outlives the process, when the config names none: AGENT2389_DATA_DIR, else below $XDG_STATE_HOME or
 * its default (XDG Base Directory Specification).
 */
export function stateFolder(env: Env): string {
  if (env["AGENT2389_DATA_DIR"]) return env["AGENT2389_DATA_DIR"];
  if (env["XDG_STATE_HOME"]) return join(env["XDG_STATE_HOME"], "agent2389");
  if (env["HOME"]) return join(env["HOME"], ".local", "state", "agent2389");
  throw new ExpectedError("there is no folder for data: neither HOME nor XDG_STATE_HOME is set", {
    hint: "Name one with [storage] dir, or the environment variable AGENT2389_DATA_DIR.",
  });
}
