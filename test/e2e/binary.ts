import { mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "../../scripts/build.ts";

/** The compiled program, as users have it. */

/** Test files share the process, but not their modules. */
const shared: typeof globalThis & { builtForTests?: Promise<string> } = globalThis;

/** Path of the binary, built once for all files of a run; it stays in dist, for whoever wants to look at it. */
export function binary(): Promise<string> {
  shared.builtForTests ??= buildOnce();
  return shared.builtForTests;
}

/** Put in place in one step, so that another run of the tests that uses it now is not disturbed. */
async function buildOnce(): Promise<string> {
  const dist = join(import.meta.dir, "../../dist");
  const fresh = join(dist, `e2e-${process.pid}`, "agent2389");
  const place = join(dist, "e2e", "agent2389");
  await build({ outfile: fresh });
  mkdirSync(dirname(place), { recursive: true });
  renameSync(fresh, place);
  rmSync(dirname(fresh), { recursive: true });
  return place;
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
export const runBinary = async (argv: string[], options?: RunOptions): Promise<Ended> =>
  runToEnd([await binary(), ...argv], options);

/** Runs any program to its end. */
export async function runToEnd(
  command: string[],
  { env = {}, cwd = "/", stdin }: RunOptions = {},
): Promise<Ended> {
  const child = Bun.spawn(command, {
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

export interface Running {
  /** All that it wrote so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Waits for a text in what it writes; rejects when it ends before. */
  shows(wanted: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** Starts the binary and lets it run. */
export async function startBinary(
  argv: string[],
  { env = {}, cwd = "/" }: RunOptions = {},
): Promise<Running> {
  const child = Bun.spawn([await binary(), ...argv], {
    cwd,
    env: cleanEnv(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const written = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const read = async (name: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    for await (const chunk of child[name]) {
      written[name] += decoder.decode(chunk, { stream: true });
      for (const look of waiting) look();
    }
  };
  const ended = Promise.all([read("stdout"), read("stderr"), child.exited]).then(([, , code]) => ({
    code,
    ...written,
  }));
  return {
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    ended,
    kill: (signal) => child.kill(signal),
    shows(wanted) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const match = wanted.exec(written.stdout) ?? wanted.exec(written.stderr);
        if (match) resolve(match);
      };
      waiting.add(look);
      look();
      ended.then((end) => reject(new Error(`it ended before it showed ${wanted}: ${JSON.stringify(end)}`)));
      return promise.finally(() => waiting.delete(look));
    },
  };
}
