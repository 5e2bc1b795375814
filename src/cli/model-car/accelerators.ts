import { unknownGpus } from "../../modelcar/decision/unread.ts";
import { VENDOR_NAMES } from "../../modelcar/gpus/vendor-names.ts";
import { otherServings } from "../../modelcar/inventory/serving.ts";
import type { InventoryProblem } from "../../modelcar/inventory/types.ts";
import { runtimeText } from "../../modelcar/runtime/text.ts";
import type { Inspected } from "../../modelcar/supervisor/types.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line, type Output, warningLine } from "../terminal/streams.ts";
import { type Machines, machinesOf } from "./machines.ts";
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
    const { stdout, stderr, globals } = ctx;
    const machines = await machinesOf(ctx, options, runtimeOf(options));
    const [inspected, { inventoryJson }, { gpuInfoText }] = await Promise.all([
      machines.inspect(),
      import("../../modelcar/inventory/saved.ts"),
      import("../../modelcar/inventory/gpu-info.ts"),
    ]);
    const { inventory } = inspected;
    const { "gpu-info": file } = options;
    const unread = unknownGpus(inventory);
    if (file !== undefined) await writeText(ctx, file, gpuInfoText(inventory));
    if (globals.json) line(stdout, JSON.stringify(inventoryJson(inventory), null, 2));
    else if (file !== "-") await show(ctx, machines, inspected);
    if (unread !== undefined && !globals.json && !globals.quiet) {
      if (file === "-") warningLine(stderr, `no GPU is known: ${unread.text}`);
      (await import("./show/unknown-gpus.ts")).hintUnknownGpus(inventory, stderr);
    }
    return inventory.nodes.some(({ pools }) => pools.length > 0) ? 0 : 1;
  },
});

/** The GPUs, what serves on them, and what keeps them from use. */
async function show({ stdout, globals }: Context, { text }: Machines, { inventory, checks }: Inspected) {
  const [{ acceleratorTable }, { showCheck }, { untoldProblems }] = await Promise.all([
    import("./show/accelerators.ts"),
    import("./show/checks.ts"),
    import("../../modelcar/supervisor/inventory-problems.ts"),
  ]);
  if (!globals.quiet) for (const check of checks) showCheck(check, stdout);
  const none =
    unknownGpus(inventory) === undefined ? `${text} has no GPU` : `which GPUs ${text} has is not known`;
  stdout.write(acceleratorTable(inventory, stdout) || `${none}\n`);
  const { image, evidence } = inventory.runtime;
  if (image !== undefined) line(stdout, `Runtime image: ${image} (${runtimeText(inventory.runtime)})`);
  else if (inventory.source === "cluster") line(stdout, `Runtime image: not known (${evidence})`);
  for (const { vendor, runtime } of otherServings(inventory))
    line(stdout, `  for ${VENDOR_NAMES[vendor]}: ${runtime.image} (${runtimeText(runtime)})`);
  for (const problem of untoldProblems(inventory, checks)) showInventoryProblem(problem, stdout);
}

function showInventoryProblem({ text, hint }: InventoryProblem, stdout: Output): void {
  line(stdout, `${stdout.colors.yellow("!")} ${text}`);
  if (hint !== undefined) line(stdout, `  ${stdout.colors.dim(hint)}`);
}
