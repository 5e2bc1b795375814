import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { ClusterInspection, ClusterWorld, Connection } from "../../modelcar/cluster/types.ts";
import type { ModelNeed } from "../../modelcar/decision/types.ts";
import { servingOn } from "../../modelcar/inventory/serving.ts";
import type { GpuPool, Inventory, NodeFacts } from "../../modelcar/inventory/types.ts";
import { type ModelCar, problemLine } from "../../modelcar/manifest/types.ts";
import { QaError, type QaModel, type QaRequest, type QaWorld } from "../../modelcar/qa/types.ts";
import { GIB } from "../../modelcar/requirements/units.ts";
import type { Context } from "../framework/context.ts";
import { loadCar } from "./load-car.ts";
import type { MachineOptions, ReadOptions, RuntimeOptions } from "./options.ts";
import { tolerationsOf } from "./tolerations.ts";
import { modelWorld, runtimeOf } from "./world.ts";

export type QaGiven = Pick<MachineOptions, "kubeconfig" | "context" | "namespace" | "toleration"> &
  RuntimeOptions &
  ReadOptions;

/** What a run needs to know, and what it may make use of. */
export interface QaInput {
  request: QaRequest;
  /** Most memory that a node with accelerators gives to a pod, GiB. */
  nodeGiB: number | undefined;
  contextLimits: ReadonlyMap<string, number>;
  /** What is odd in the file, a line each. */
  warnings: string[];
}

export async function qaWorld({ env, cwd, clock, signal, services }: Context): Promise<QaWorld> {
  const { runProgram } = await import("../../base/run-program.ts");
  return { env, cwd, clock, signal, runProgram, fetch: services.fetch, tempFolder: resolve(cwd, tmpdir()) };
}

/**
 * The models, the cluster and the logins of a run. `measure`: the images are looked at for their sizes and the models'
 * limits; what cannot be read stays unknown.
 */
export async function qaInput(
  ctx: Context,
  modelcar: string | ModelCar,
  given: QaGiven,
  world: ClusterWorld,
  measure: boolean,
): Promise<QaInput> {
  const [car, { unhealthy }, { readLogins }] = await Promise.all([
    typeof modelcar === "string" ? carOf(ctx, modelcar) : modelcar,
    import("../../modelcar/cluster/health.ts"),
    import("../../modelcar/registry/logins.ts"),
  ]);
  const { connection, inspection } = await inspected(given, world);
  const needs = measure ? await needsOf(ctx, car, given) : [];
  const models = car.models.map(
    (entry, at): QaModel => ({ entry, imageBytes: needs[at]?.facts?.container?.bytes }),
  );
  const { inventory } = inspection;
  return {
    request: {
      ...{ file: car.file, text: car.text, models, connection },
      ...servedBy(inventory),
      logins: readLogins(ctx.env, ctx.cwd),
      unhealthy: unhealthy(inspection),
    },
    warnings: car.warnings.map(problemLine),
    nodeGiB: mostGiB(inventory.nodes),
    contextLimits: limitsOf(needs),
  };
}

async function inspected(
  given: QaGiven,
  world: ClusterWorld,
): Promise<{ connection: Connection; inspection: ClusterInspection }> {
  const [{ connect }, { inspectCluster }] = await Promise.all([
    import("../../modelcar/cluster/connect.ts"),
    import("../../modelcar/cluster/inspect.ts"),
  ]);
  const { kubeconfig, context, namespace, toleration } = given;
  const tolerations = tolerationsOf(toleration);
  const connection = await connect({ kubeconfig, context, namespace }, world);
  const named = runtimeOf(given);
  const runtime = named.image === undefined ? undefined : named;
  return { connection, inspection: await inspectCluster(connection, world, { runtime, tolerations }) };
}

/** What of a cluster the models are run with: what it has ready for the accelerators of which it has most. */
function servedBy(
  inventory: Inventory,
): Pick<QaRequest, "runtimeImage" | "vendor" | "resource" | "tolerations"> {
  const pool = mainPool(inventory.nodes);
  const { runtime, tolerations } = servingOn(inventory, pool?.vendor);
  const resource = pool?.resource ?? "nvidia.com/gpu";
  return { runtimeImage: runtime.image, vendor: pool?.vendor, resource, tolerations };
}

function mostGiB(nodes: readonly NodeFacts[]): number | undefined {
  const rams = nodes.flatMap(({ ramBytes }) => ramBytes ?? []);
  return rams.length === 0 ? undefined : Math.floor(Math.max(...rams) / GIB);
}

const limitsOf = (needs: readonly ModelNeed[]): Map<string, number> =>
  new Map(
    needs.flatMap(({ entry, facts }) =>
      facts?.contextLimit === undefined ? [] : [[entry.name, facts.contextLimit] as const],
    ),
  );

async function carOf(ctx: Context, file: string): Promise<ModelCar> {
  if (file !== "-" && !(await Bun.file(resolve(ctx.cwd, file)).exists()))
    throw new QaError("MODELCAR_NOT_FOUND", `there is no file ${file}`);
  return await loadCar(ctx, file);
}

async function needsOf(ctx: Context, { models }: ModelCar, given: QaGiven): Promise<ModelNeed[]> {
  const { readNeeds } = await import("../../modelcar/supervisor/read-needs.ts");
  return await readNeeds(models, await modelWorld(ctx, given));
}

/** The kind of device of which the nodes that take pods have most. */
function mainPool(nodes: readonly NodeFacts[]): GpuPool | undefined {
  const pools = nodes.filter(({ ready, schedulable }) => ready && schedulable).flatMap((node) => node.pools);
  const kinds = Map.groupBy(pools, ({ resource }) => resource);
  const counted = [...kinds.values()].map((kind) => ({
    pool: kind[0]!,
    devices: kind.reduce((sum, { allocatable }) => sum + allocatable, 0),
  }));
  return counted.sort((a, b) => b.devices - a.devices)[0]?.pool;
}
