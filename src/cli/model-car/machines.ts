import { join, resolve } from "node:path";
import { capital } from "../../base/capital.ts";
import { UsageError } from "../../base/errors.ts";
import type { ClusterChoice, ClusterInspection, ClusterWorld } from "../../modelcar/cluster/types.ts";
import { parseGpus } from "../../modelcar/gpus/parse.ts";
import type { Inventory, Toleration } from "../../modelcar/inventory/types.ts";
import { UNKNOWN_RUNTIME } from "../../modelcar/runtime/image.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import type { Inspected } from "../../modelcar/supervisor/types.ts";
import type { Context } from "../framework/context.ts";
import type { MachineOptions } from "./options.ts";
import { readText } from "./read-text.ts";
import { tolerationsOf } from "./tolerations.ts";

/** Where the machines are read from, when somebody wants them. */
export interface Machines {
  /** For people: `--gpus "4x L40S"`. */
  text: string;
  inspect(): Promise<Inspected>;
}

const unchecked = (inventory: Inventory): Inspected => ({ inventory, checks: [] });

/**
 * The machines that the command line names, else those of an earlier run (`bootstrap`, its folder), else the cluster that
 * kubectl would ask, else this machine. What is wrong with the command line itself is thrown here.
 */
export async function machinesOf(
  ctx: Context,
  options: MachineOptions,
  runtime: RuntimeVersion,
  bootstrap?: string,
): Promise<Machines> {
  const { gpus, inventory, kubeconfig, context, namespace } = options;
  if (gpus !== undefined && inventory !== undefined)
    throw new UsageError("--gpus and --inventory both name the machines: give one of them");
  if (gpus !== undefined) {
    const parsed = parseGpus(gpus, runtime);
    return { text: `--gpus "${gpus}"`, inspect: async () => unchecked(parsed) };
  }
  if (inventory !== undefined) return saved(ctx, inventory, runtime);
  const choice = { kubeconfig, context, namespace };
  const named = kubeconfig !== undefined || context !== undefined;
  const earlier = bootstrap && !named && (await inventoryIn(ctx, bootstrap));
  if (earlier) return saved(ctx, earlier, runtime);
  const cluster = await clusterOf(ctx, choice, runtime, tolerationsOf(options.toleration));
  return cluster ?? thisMachine(ctx, runtime);
}

const saved = (ctx: Context, file: string, runtime: RuntimeVersion): Machines => ({
  text: file,
  async inspect() {
    const [text, { readInventory }] = await Promise.all([
      file === "-" ? ctx.stdin.text() : readText(ctx, file),
      import("../../modelcar/inventory/saved.ts"),
    ]);
    return unchecked(await readInventory(text, file, runtime));
  },
});

/** The inventory of an earlier run: ours says more than the peer's. */
async function inventoryIn({ cwd }: Context, folder: string): Promise<string | undefined> {
  for (const name of ["inventory.json", "gpu_info.txt"])
    if (await Bun.file(resolve(cwd, folder, name)).exists()) return join(folder, name);
  return undefined;
}

/** The cluster, when one is known; nothing is asked of it before it is inspected. */
async function clusterOf(
  ctx: Context,
  choice: ClusterChoice,
  runtime: RuntimeVersion,
  tolerations: readonly Toleration[],
): Promise<Machines | undefined> {
  const [{ clusterIsKnown, connect }, { runProgram }] = await Promise.all([
    import("../../modelcar/cluster/connect.ts"),
    import("../../base/run-program.ts"),
  ]);
  const { env, cwd, clock, signal, services } = ctx;
  const world: ClusterWorld = { env, cwd, clock, signal, runProgram, fetch: services.fetch };
  if (!(await clusterIsKnown(choice, world))) return undefined;
  return {
    text: "the cluster",
    async inspect() {
      const { inspectCluster } = await import("../../modelcar/cluster/inspect.ts");
      const known = runtime === UNKNOWN_RUNTIME ? undefined : runtime;
      const connection = await connect(choice, world);
      return inspected(await inspectCluster(connection, world, { runtime: known, tolerations }));
    },
  };
}

const STATUS = { ok: "done", denied: "failed", failed: "failed", unknown: "skipped" } as const;

const inspected = ({ inventory, checks }: ClusterInspection): Inspected => ({
  inventory,
  checks: checks.map(({ label, state, detail, hint }) => ({
    text: capital(label),
    status: STATUS[state],
    detail: hint === undefined ? detail : `${detail}. ${hint}`,
  })),
});

const thisMachine = (ctx: Context, runtime: RuntimeVersion): Machines => ({
  text: "this machine",
  async inspect() {
    const [{ hostname, machine: kind, totalmem }, { machineInventory }, { runProgram }] = await Promise.all([
      import("node:os"),
      import("../../modelcar/inventory/machine.ts"),
      import("../../base/run-program.ts"),
    ]);
    const { env, cwd, signal } = ctx;
    const run = (argv: readonly [string, ...string[]]) =>
      runProgram({ argv, env, cwd, signal, timeoutSeconds: 20 });
    const machine = { hostname: hostname(), architecture: kind(), ramBytes: totalmem(), run };
    return unchecked(await machineInventory(machine, runtime));
  },
});
