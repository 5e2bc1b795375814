import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../../base/errors.ts";
import { ModelFileError } from "../../onnx/model-error.ts";
import type { Feeds } from "../../ort/types.ts";
import type { Runner } from "../../validate/runner.ts";
import type { Artifact, World } from "../types.ts";
import { runArguments } from "./arguments.ts";
import { openShapes } from "./build.ts";
import { deviceMemoryIn } from "./device-memory.ts";
import { type EngineFacts, readEngineFacts } from "./engine.ts";
import { outputsIn, type Times, timesIn } from "./exported.ts";
import { runTrtexec, type Trtexec } from "./trtexec.ts";
import { loadedBytes } from "./values.ts";
import { versionText } from "./version.ts";

const OUTPUT = "output.json";
const TIMES = "times.json";

/** An engine that trtexec loads and runs: a start of it for each sample, one for all runs that are timed. */
export async function engineRunner(
  trtexec: Trtexec,
  { precision, files }: Artifact,
  world: World,
): Promise<Runner> {
  const engine = files[0].path;
  const facts = await readEngineFacts(engine);
  checkVersion(facts, trtexec, engine);
  const name = `${precision}, TensorRT ${facts.tensorrt}`;
  let memory: number | undefined;
  let timed: Times["of"] = "latency";
  return {
    get name() {
      return timed === "latency" ? name : `${name}, times without copies`;
    },
    machine: facts.gpu ? `${world.machine.name}, ${facts.gpu.name}` : world.machine.name,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    async run(feeds) {
      const { outputs, times } = await once(feeds, 1);
      return { outputs: outputs(), ms: times.ms.at(-1)! };
    },
    async time(feeds, { warmUp, runs }, signal) {
      const { times } = await once(feeds, warmUp + runs, signal);
      timed = times.of;
      if (times.ms.length < warmUp + runs)
        throw new ExpectedError(
          `trtexec told of ${times.ms.length} runs, and was asked for ${warmUp + runs}`,
        );
      return times.ms.slice(warmUp, warmUp + runs);
    },
    deviceMemory: () => memory,
    async close() {},
  };

  async function once(feeds: Feeds, iterations: number, signal?: AbortSignal) {
    const root = join(world.cacheDir, "tensorrt");
    await mkdir(root, { recursive: true });
    const folder = await mkdtemp(join(root, "run-"));
    try {
      const inputs = await writeInputs(folder, feeds, facts, trtexec);
      const call = { engineFile: engine, inputs, shapes: openShapes(facts.inputs), iterations };
      const args = runArguments({ ...call, outputFile: OUTPUT, timesFile: TIMES });
      const log = await runTrtexec(trtexec, { args, cwd: folder, signal }, world);
      memory = deviceMemoryIn(log) ?? memory;
      const [output, times] = await Promise.all([textOf(folder, OUTPUT), textOf(folder, TIMES)]);
      return { outputs: () => outputsIn(output, facts.outputs), times: timesIn(times) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function checkVersion({ tensorrt, gpu }: EngineFacts, { version }: Trtexec, where: string): void {
  if (tensorrt === versionText(version)) return;
  throw new ExpectedError(
    `this engine was built with TensorRT ${tensorrt}${gpu ? ` for ${gpu.name}` : ""}, and here is ${versionText(version)}`,
    { where, hint: "Engines are bound to the version and the GPU: build it again here." },
  );
}

/** A file of raw values for each input; the names of the files hold nothing that trtexec could misread. */
async function writeInputs(
  folder: string,
  feeds: Feeds,
  { inputs }: EngineFacts,
  { version }: Trtexec,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [i, input] of inputs.entries()) {
    const value = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (value === undefined || value.type !== input.type || value.dims.join() !== input.dims.join()) {
      const found = value === undefined ? "nothing" : `${value.type} ${value.dims.join("×")}`;
      throw new ModelFileError(
        `the engine takes ${input.type} ${input.dims.join("×")} here, found ${found}`,
        {
          where: input.name,
        },
      );
    }
    const file = `input-${i}.bin`;
    await Bun.write(join(folder, file), loadedBytes(input.name, value, version));
    files.set(input.name, file);
  }
  return files;
}

async function textOf(folder: string, file: string): Promise<string> {
  const written = Bun.file(join(folder, file));
  if (await written.exists()) return written.text();
  throw new ExpectedError(`trtexec ended well, and did not write ${file}`, {
    hint: "Its version may not know --exportOutput or --exportTimes: see trtexec --help.",
  });
}
