import { join } from "node:path";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import type { World } from "./types.ts";
import { openWorld, type WorldParts } from "./world.ts";

/** This machine, with a folder of the test for its caches. */
export const testWorld = (cacheDir: string, more: Partial<WorldParts> = {}): Promise<World> =>
  openWorld({
    env: process.env,
    cacheDir,
    signal: new AbortController().signal,
    runProgram,
    self: [process.execPath, join(import.meta.dir, "cpu/probe-memory.fixture.ts")],
    ...more,
  });

async function runProgram({ argv, env, cwd, signal }: ProgramCall): Promise<ProgramResult> {
  const child = Bun.spawn([...argv], { env: { ...env }, cwd, signal, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr, timedOut: false };
}
