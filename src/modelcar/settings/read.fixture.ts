import type { ModelEntry } from "../manifest/types.ts";
import { namedRuntime, UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { servingSettings } from "./settings.ts";

const entry = (args: string[], gpuCount?: number): ModelEntry => ({
  name: "granite",
  image: "oci://example/granite",
  outputType: "text",
  args,
  gpuCount,
  line: 1,
});

export const H100 = { memoryMiB: 81559, name: "NVIDIA H100 80GB HBM3" };
const L40S = { memoryMiB: 46068, name: "NVIDIA L40S" };

/** Settings of an entry with these arguments; vLLM 0.11 on an L40S where nothing is said, an empty version is unknown. */
export const read = (args: string[], { gpuCount, version = "0.11.0", gpu = L40S } = {} as Options) =>
  servingSettings(entry(args, gpuCount), {
    runtime: version === "" ? UNKNOWN_RUNTIME : namedRuntime(version, "test"),
    gpu,
    contextLimit: 131072,
  });

interface Options {
  gpuCount?: number;
  version?: string;
  gpu?: typeof H100;
}
