import { readFile } from "node:fs/promises";
import { ExpectedError } from "../../../base/errors.ts";
import type { Dimension } from "../../onnx/types.ts";
import type { Feeds, Ort } from "../../ort/types.ts";
import { zeros } from "../../ort/zeros.ts";
import type { PeakMemory } from "../../validate/runner.ts";
import type { World } from "../types.ts";

/** What a process of its own is to load and run: dimensions by input. */
export interface MemoryProbe {
  modelFile: string;
  threads: number;
  shapes: Readonly<Record<string, readonly number[]>>;
}

/** Of the hidden command `deploy-model`, with the probe as JSON in its one argument. */
export const MEMORY_COMMAND = "probe-memory";

/** Runs: the second may take more than the first, as buffers are planned then; later ones do not. */
const RUNS = 3;

/** Asks this program to load the model in a process of its own; undefined where that cannot be done. */
export async function measurePeakMemory(probe: MemoryProbe, world: World): Promise<PeakMemory | undefined> {
  const { self, env, signal, cacheDir, runProgram } = world;
  const [command, ...args] = self;
  const ended = await runProgram({
    argv: [command, ...args, "deploy-model", MEMORY_COMMAND, JSON.stringify(probe)],
    env,
    cwd: cacheDir,
    signal,
  }).catch((thrown: unknown) => {
    if (thrown instanceof ExpectedError) return undefined; // this program cannot be started: it runs from its source
    throw thrown;
  });
  return ended?.code === 0 ? (JSON.parse(ended.stdout) as PeakMemory) : undefined;
}

/** What that process does: nothing but load the model and run it on zeros. */
export async function probeMemory(
  { modelFile, threads, shapes }: MemoryProbe,
  ort: Ort,
): Promise<PeakMemory> {
  const floor = (await residentMemory()).now;
  const session = await ort.session(modelFile, { threads });
  const feeds: Feeds = Object.fromEntries(
    session.inputs.map(({ name, type, dims }) => [name, zeros(type, shapes[name] ?? dims.map(orOne))]),
  );
  for (let i = 0; i < RUNS; i++) await session.run(feeds);
  const { peak } = await residentMemory();
  await session.close();
  return { peak, floor };
}

const orOne = (dim: Dimension): number => (typeof dim === "number" ? dim : 1);

/** Of this process, in bytes. */
async function residentMemory(): Promise<{ now: number; peak: number }> {
  // Not ru_maxrss: on Linux a process begins with that of the one that started it (kernel/fork.c, fs/exec.c).
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const kilobytes = (key: string) => Number(status.match(new RegExp(`^${key}:\\s+(\\d+) kB`, "m"))?.[1]);
  const [now, peak] = [kilobytes("VmRSS"), kilobytes("VmHWM")];
  if (now > 0 && peak > 0) return { now: now * 1024, peak: peak * 1024 };
  return { now: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
}
