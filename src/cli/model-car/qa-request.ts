import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { ClusterWorld } from "../../modelcar/cluster/types.ts";
import type { ModelNeed } from "../../modelcar/decision/types.ts";
import { servingOn } from "../../modelcar/inventory/serving.ts";
import type { GpuPool, NodeFacts } from "../../modelcar/inventory/types.ts";
import { type ModelCar, problemLine } from "../../modelcar/manifest/types.ts";
import { QaError, type QaModel, type QaRequest, type QaWorld } from "../../modelcar/qa/types.ts";
import { UNKNOWN_RUNTIME } from "../../modelcar/runtime/image.ts";
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
  const [car, { connect }, { inspectCluster }, { unhealthy }, { readLogins }] = await Promise.all([
    typeof modelcar === "string" ? carOf(ctx, modelcar) : modelcar,
    import("../../modelcar/cluster/connect.ts"),
    import("../../modelcar/cluster/inspect.ts"),
    import("../../modelcar/cluster/health.ts"),
    import("../../modelcar/registry/logins.ts"),
  ]);
  const { kubeconfig, context, namespace, toleration } = given;
  const tolerations = tolerationsOf(toleration);
  const connection = await connect({ kubeconfig, context, namespace }, world);
  const named = runtimeOf(given);
  const runtime = named === UNKNOWN_RUNTIME || named.image === undefined ? undefined : named;
  const inspection = await inspectCluster(connection, world, { runtime, tolerations });
  const needs = measure ? await needsOf(ctx, car, given) : [];
  const { inventory } = inspection;
  const pool = mainPool(inventory.nodes);
  const serving = servingOn(inventory, pool?.vendor);
  const rams = inventory.nodes.flatMap(({ ramBytes }) => ramBytes ?? []);
  return {
    request: {
      file: car.file,
      text: car.text,
      models: car.models.map(
        (entry, at): QaModel => ({
          entry,
          imageBytes: needs[at]?.facts?.container?.bytes,
        }),
      ),
      connection,
      runtimeImage: serving.runtime.image,
      vendor: pool?.vendor,
      resource: pool?.resource ?? "nvidia.com/gpu",
      tolerations: serving.tolerations,
      logins: readLogins(ctx.env, ctx.cwd),
      unhealthy: unhealthy(inspection),
    },
    warnings: car.warnings.map(problemLine),
    nodeGiB: rams.length === 0 ? undefined : Math.floor(Math.max(...rams) / 2 ** 30),
    contextLimits: new Map(
      needs.flatMap(({ entry, facts }) =>
        facts?.contextLimit === undefined ? [] : [[entry.name, facts.contextLimit] as const],
      ),
    ),
  };
}

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
