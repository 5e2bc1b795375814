import { join, resolve } from "node:path";
import { defaultStateFolder } from "../base/state-folder.ts";
import type { LoadedConfig } from "./loaded.ts";

/**
 * Folder of what an agent keeps, absolute: one of its own below `[storage] dir`, which AGENT2389_DATA_DIR comes
 * before. Throws an ExpectedError when none is named and there is no usual place.
 */
export function dataFolder({
  config,
  baseDir,
  env,
}: Pick<LoadedConfig, "config" | "baseDir" | "env">): string {
  const { storage, agent } = config;
  const shared = storage.dir === undefined ? defaultStateFolder(env) : resolve(baseDir, storage.dir);
  return join(shared, agent.id);
}
