import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../scripts/build.ts";

/** The compiled program, as users have it. */

let built: Promise<string> | undefined;

/** Path of the binary, built once for each run of the tests; it goes when they end. */
export function binary(): Promise<string> {
  built ??= buildOnce();
  return built;
}

async function buildOnce(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "agent2389-e2e-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const outfile = join(dir, "agent2389");
  await build({ outfile });
  return outfile;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Added to an environment that is empty but for PATH, HOME and TMPDIR. */
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
}

/** Runs the binary to its end. */
export async function runBinary(
  argv: string[],
  { env = {}, cwd = "/", stdin }: RunOptions = {},
): Promise<Ended> {
  const child = Bun.spawn([await binary(), ...argv], {
    cwd,
    env: cleanEnv(env),
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Nothing of the machine's own settings: keys, brokers, colours. */
export const cleanEnv = (env: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: tmpdir(),
  TMPDIR: tmpdir(),
  ...env,
});
