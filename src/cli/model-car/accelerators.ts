import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { machinesOf } from "./machines.ts";
import { machineOptions, runtimeOptions } from "./options.ts";
import { runtimeOf } from "./world.ts";
import { writeText } from "./write.ts";

export const command = defineCommand({
  summary: "Show the GPUs that models could be put on",
  description:
    "Those of the cluster that kubectl would ask, else of this machine (by nvidia-smi), unless --gpus or --inventory names others.",
  options: {
    ...machineOptions,
    ...runtimeOptions,
    "gpu-info": {
      type: "string",
      value: "FILE",
      description: "Write them as gpu_info.txt, too; - is standard output",
      completes: "file",
    },
  },
  examples: [
    { command: "agent2389 model-car accelerators" },
    {
      command: "agent2389 model-car accelerators --json > inventory.json",
      note: "for 'check --inventory', elsewhere and later",
    },
    { command: "agent2389 model-car accelerators --gpus p5.48xlarge" },
  ],
  async run(ctx, _, options) {
    const { stdout, globals } = ctx;
    const machines = await machinesOf(ctx, options, runtimeOf(options));
    const [{ inventory }, { inventoryJson }, { gpuInfoText }] = await Promise.all([
      machines.inspect(),
      import("../../modelcar/inventory/saved.ts"),
      import("../../modelcar/inventory/gpu-info.ts"),
    ]);
    const { "gpu-info": file } = options;
    if (file !== undefined) await writeText(ctx, file, gpuInfoText(inventory));
    if (globals.json) line(stdout, JSON.stringify(inventoryJson(inventory), null, 2));
    else if (file !== "-") {
      const { acceleratorTable } = await import("./show/accelerators.ts");
      stdout.write(acceleratorTable(inventory, stdout) || `${machines.text} has no GPU\n`);
      for (const { text } of inventory.problems) line(stdout, `${stdout.colors.yellow("!")} ${text}`);
    }
    return inventory.nodes.some(({ pools }) => pools.length > 0) ? 0 : 1;
  },
});
