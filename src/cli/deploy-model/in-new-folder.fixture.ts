import { afterEach, beforeEach } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { mnistModel } from "../../models/real-models.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

/** Labelled, for `mnistModel`. */
export const digits = join(mnistModel, "../digits-images-idx3-ubyte.gz");

/** Runs `agent2389 deploy-model …` in a folder, where its cache lies as well; `env` besides that. */
export const deployModelIn = (folder: string, argv: readonly string[], env: Record<string, string>) =>
  runCli(programNamed("agent2389"), ["deploy-model", ...argv], {
    cwd: folder,
    env: { XDG_CACHE_HOME: join(folder, "cache"), ...env },
  });

/** A new folder for each test of the file, and `deploy-model` run in it with the programs of this machine. */
export function inNewFolder() {
  let temp: ReturnType<typeof tempDir>;
  beforeEach(() => {
    temp = tempDir();
  });
  afterEach(() => temp[Symbol.asyncDispose]());
  return {
    get path() {
      return temp.path;
    },
    run: (...argv: string[]) => deployModelIn(temp.path, argv, { PATH: process.env["PATH"] ?? "" }),
  };
}
