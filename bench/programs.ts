import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../test/peers/ports.ts";

/** The programs that are measured: ours, as scripts/build.ts makes it, and the floors, compiled as Bun does by itself. */
export interface Programs {
  dir: string;
  agent: string;
  floor: string;
  empty: string;
}

const FLAGS = ["build", "--compile", "--minify", "--bytecode", "--format=esm"];

export async function buildPrograms(): Promise<Programs> {
  const dir = mkdtempSync(join(tmpdir(), "bench-"));
  const here = import.meta.dir;
  await run([process.execPath, resolve(here, "../scripts/build.ts")]);
  for (const name of ["floor", "empty"]) {
    await run([
      process.execPath,
      ...FLAGS,
      join(here, "programs", `${name}.ts`),
      "--outfile",
      join(dir, name),
    ]);
  }
  return {
    dir,
    agent: resolve(here, "../dist/agent2389"),
    floor: join(dir, "floor"),
    empty: join(dir, "empty"),
  };
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdout: "ignore", stderr: "inherit" });
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed`);
}

export interface Started {
  child: Bun.Subprocess;
  /** ms from exec to the first 200 of /ready. */
  readyAfterMs: number;
  stop(): Promise<void>;
}

/** Starts a program that serves /ready on `healthPort`, and waits for it. */
export async function startProgram(
  command: string[],
  healthPort: number,
  env: Record<string, string> = {},
): Promise<Started> {
  const begun = performance.now();
  const child = Bun.spawn(command, {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdout: "ignore",
    stderr: env["BENCH_DEBUG"] ? "inherit" : "ignore",
  });
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${healthPort}/ready`).catch(() => undefined);
    if (response?.status === 200) break;
    if (child.exitCode !== null) throw new Error(`${command.join(" ")} ended with ${child.exitCode}`);
    if (performance.now() - begun > 20_000) throw new Error(`${command.join(" ")} is not ready after 20 s`);
    await Bun.sleep(1); // gently: polling must not take the processor from what it waits for
  }
  const readyAfterMs = performance.now() - begun;
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
  return { child, readyAfterMs, stop };
}

export const startFloor = async (programs: Programs, brokerPort: number): Promise<Started> => {
  const healthPort = await freePort();
  return startProgram([programs.floor, `${brokerPort}`, `${healthPort}`], healthPort);
};

/** Starts ours with an agent that answers every task from a transcript: a model without latency. */
export const startOurs = async (programs: Programs, brokerUrl: string, dataDir: string): Promise<Started> => {
  const healthPort = await freePort();
  const config = join(programs.dir, "bench.toml");
  for (const name of ["bench.toml", "bench.jsonl"])
    copyFileSync(join(import.meta.dir, name), join(programs.dir, name));
  return startProgram([programs.agent, "--config", config, "run"], healthPort, {
    MQTT_BROKER_URL: brokerUrl,
    HEALTH_PORT: `${healthPort}`,
    AGENT2389_DATA_DIR: dataDir,
    LOG_LEVEL: "warn",
  });
};

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
