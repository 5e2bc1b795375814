import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../base/env.ts";
import { systemReason } from "../../base/system-error.ts";

/** The token for the hub: HF_TOKEN, else the file that `hf auth login` writes (HF_TOKEN_PATH, HF_HOME). */
export function hubToken(env: Env): string | undefined {
  const named = env["HF_TOKEN"] || env["HUGGING_FACE_HUB_TOKEN"];
  if (named) return named;
  const caches = env["XDG_CACHE_HOME"] || (env["HOME"] && join(env["HOME"], ".cache"));
  const home = env["HF_HOME"] || (caches && join(caches, "huggingface"));
  const file = env["HF_TOKEN_PATH"] || (home && join(home, "token"));
  if (!file) return undefined;
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (thrown) {
    if (systemReason(thrown) === undefined) throw thrown;
    return undefined; // no one logged in here
  }
}
