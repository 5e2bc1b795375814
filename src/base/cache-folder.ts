import { isAbsolute, join, resolve } from "node:path";
import type { Env } from "./env.ts";
import { ExpectedError } from "./errors.ts";
import { DATA_DIR } from "./state-folder.ts";

/**
 * Folder for what can be made again at any time, absolute: below $XDG_CACHE_HOME, else in AGENT2389_DATA_DIR where one is
 * named (in a container the only folder that can be written), else in $HOME/.cache. As the XDG Base Directory Specification
 * has it, a relative path in XDG_CACHE_HOME counts as not set.
 */
export function cacheFolder(env: Env, cwd: string): string {
  const found = findCacheFolder(env, cwd);
  if (found !== undefined) return found;
  throw new ExpectedError("there is no folder for caches: neither HOME nor XDG_CACHE_HOME is set", {
    hint: `Name one with the environment variable XDG_CACHE_HOME or ${DATA_DIR}.`,
  });
}

/** As {@link cacheFolder}; undefined: there is none, and who can do without keeps nothing. */
export function findCacheFolder(env: Env, cwd: string): string | undefined {
  const { XDG_CACHE_HOME: cache = "", HOME: home = "" } = env;
  if (isAbsolute(cache)) return join(cache, "agent2389");
  const named = env[DATA_DIR];
  if (named) return join(resolve(cwd, named), "cache");
  return isAbsolute(home) ? join(home, ".cache", "agent2389") : undefined;
}
