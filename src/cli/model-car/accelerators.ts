import type { InventoryProblem } from "../../modelcar/inventory/types.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import { defineCommand } from "../framework/command.ts";
import { line, type Output } from "../terminal/streams.ts";
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
    const [{ inventory, checks }, { inventoryJson }, { gpuInfoText }] = await Promise.all([
      machines.inspect(),
      import("../../modelcar/inventory/saved.ts"),
      import("../../modelcar/inventory/gpu-info.ts"),
    ]);
    const { "gpu-info": file } = options;
    if (file !== undefined) await writeText(ctx, file, gpuInfoText(inventory));
    if (globals.json) line(stdout, JSON.stringify(inventoryJson(inventory), null, 2));
    else if (file !== "-") {
      const [{ acceleratorTable }, { showCheck }] = await Promise.all([
        import("./show/accelerators.ts"),
        import("./show/checks.ts"),
      ]);
      if (!globals.quiet) for (const check of checks) showCheck(check, stdout);
      stdout.write(acceleratorTable(inventory, stdout) || `${machines.text} has no GPU\n`);
      const { image, evidence } = inventory.runtime;
      if (image !== undefined) line(stdout, `Runtime image: ${image} (${runtimeText(inventory.runtime)})`);
      else if (inventory.source === "cluster") line(stdout, `Runtime image: not known (${evidence})`);
      for (const problem of inventory.problems) showInventoryProblem(problem, stdout);
    }
    return inventory.nodes.some(({ pools }) => pools.length > 0) ? 0 : 1;
  },
});

const runtimeText = ({ version, evidence }: RuntimeVersion): string =>
  version === undefined ? evidence : `vLLM ${version}, by ${evidence}`;

/** What could not be read stands among the checks already. */
function showInventoryProblem({ code, text, hint }: InventoryProblem, stdout: Output): void {
  if (/-(denied|failed)$/.test(code)) return;
  line(stdout, `${stdout.colors.yellow("!")} ${text}`);
  if (hint !== undefined) line(stdout, `  ${stdout.colors.dim(hint)}`);
}
