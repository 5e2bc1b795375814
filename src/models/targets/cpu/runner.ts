import type { Feeds, Ort } from "../../ort/types.ts";
import type { Runner } from "../../validate/runner.ts";
import { machineLine } from "../machine.ts";
import type { World } from "../types.ts";
import { measurePeakMemory } from "./peak-memory.ts";

export interface OrtRunnerOptions {
  /** As reports call it: "float", "int8". */
  name: string;
  modelFile: string;
  /** Of the model file, with its external data. */
  bytes: number;
  threads?: number | undefined;
}

/** A model that ONNX Runtime runs on this machine: the baseline, or what the target `cpu` built. */
export async function ortRunner(
  { name, modelFile, bytes, threads }: OrtRunnerOptions,
  ort: Ort,
  world: World,
): Promise<Runner> {
  const width = threads ?? world.machine.threads;
  const session = await ort.session(modelFile, { threads: width });
  // Dimensions that the model leaves open are those of the data.
  let shapes: Record<string, readonly number[]> = {};
  return {
    name: `${name}, ONNX Runtime ${ort.version}`,
    machine: machineLine({ ...world.machine, threads: width }),
    bytes,
    run(feeds: Feeds) {
      shapes = Object.fromEntries(Object.entries(feeds).map(([input, { dims }]) => [input, dims]));
      return session.timedRun(feeds);
    },
    peakMemory: () => measurePeakMemory({ modelFile, threads: width, shapes }, world),
    close: () => session.close(),
  };
}
