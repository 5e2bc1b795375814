import { stringField } from "../../base/json.ts";
import { tolerating } from "../inventory/serving.ts";
import { distinctTolerations } from "../inventory/tolerations.ts";
import type { Inventory, InventoryProblem, Toleration } from "../inventory/types.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isAbsent, whoAmI } from "./access.ts";
import { type Api, openApi } from "./api.ts";
import type { Findings } from "./part.ts";
import { inProblemOrder } from "./problem-order.ts";
import { readLimits } from "./read-limits.ts";
import { readNodes } from "./read-nodes.ts";
import { readRuntimes } from "./read-runtimes.ts";
import { chooseImage, TEMPLATE_NAMESPACES } from "./runtime-images.ts";
import { servingTolerations } from "./serving-tolerations.ts";
import type { ClusterInspection, ClusterWorld, Connection } from "./types.ts";
import { servingOfOthers, vendorsOf } from "./vendors.ts";

export interface InspectOptions {
  /** What the user says of the runtime wins over what the cluster has. */
  runtime?: RuntimeVersion | undefined;
  /** Of the serving pods, beside those that the cluster's own runtime and profile give them. */
  tolerations?: readonly Toleration[] | undefined;
}

/**
 * What a cluster has to serve models on. What may not be read is left out and told: then the inventory is not `complete`.
 * @throws ClusterError when nothing can be asked: no connection, no trust, a login that is not accepted.
 */
export async function inspectCluster(
  connection: Connection,
  world: ClusterWorld,
  { runtime, tolerations = [] }: InspectOptions = {},
): Promise<ClusterInspection> {
  const api = openApi(connection, world);
  const findings: Findings = { checks: [], problems: [], complete: true };
  const login = await logIn(api, findings);
  const [read, limits, runtimes] = await Promise.all([
    readNodes(api, world, findings),
    readLimits(api, findings),
    readRuntimes(api, findings),
  ]);
  const [vendor, ...others] = vendorsOf(read.nodes);
  const own = chooseImage(runtimes.images, vendor);
  const used = servingTolerations(runtimes, { chosen: own, named: runtime, vendor });
  const beside = servingOfOthers(runtimes, own, runtime === undefined ? others : []);
  findings.problems.push(...used.problems, ...beside.problems);
  const problems = inProblemOrder(findings.problems);
  const ranking = (id: string): number => {
    const at = ORDER.indexOf(id);
    return at < 0 ? ORDER.length : at;
  };
  const inventory: Inventory = {
    source: "cluster",
    nodes: read.nodes,
    quotas: limits,
    tolerations: distinctTolerations(used.tolerations),
    runtime: runtime ?? own?.runtime ?? UNKNOWN_RUNTIME,
    ...(beside.serving && { otherServing: beside.serving }),
    problems: runtime === undefined ? problems : withoutRuntimes(problems),
    complete: findings.complete,
  };
  return {
    inventory: tolerating(inventory, tolerations),
    checks: findings.checks.sort((a, b) => ranking(a.id) - ranking(b.id) || (a.id < b.id ? -1 : 1)),
    origin: connection.origin,
    server: connection.server,
    ...login,
    namespace: connection.namespace,
    images: runtimes.images,
    nodeCount: read.total,
  };
}

/** Which runtimes there are is of no matter to one who names the vLLM. */
const withoutRuntimes = (problems: readonly InventoryProblem[]): InventoryProblem[] =>
  problems.map((problem) => (problem.unread === "runtimes" ? { ...problem, unread: undefined } : problem));

/** As they are told; what is not here comes after, by its name. */
const ORDER = [
  "reach",
  "login",
  "list-nodes",
  "list-pods",
  "list-resourcequotas",
  "list-appliedclusterresourcequotas",
  "list-limitranges",
  "list-servingruntimes",
  "list-clusterservingruntimes",
  ...TEMPLATE_NAMESPACES.map((namespace) => `templates-${namespace}`),
];

/** The first two checks: without them there is nothing else to ask. */
async function logIn(
  api: Api,
  { checks }: Findings,
): Promise<{ version: string | undefined; user: string | undefined }> {
  const user = await whoAmI(api);
  const version = await api.json("/version").then(
    (answer) => stringField(answer, "gitVersion"),
    (thrown: unknown) => {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    },
  );
  const detail = `${new URL(api.connection.server).host}${version === undefined ? "" : `, Kubernetes ${version}`}`;
  checks.push(
    { id: "reach", label: "the cluster answers", state: "ok", detail, hint: undefined },
    {
      id: "login",
      label: "the login is accepted",
      state: user === undefined ? "unknown" : "ok",
      detail: user === undefined ? "the cluster does not say whose it is" : `as ${user}`,
      hint: undefined,
    },
  );
  return { version, user };
}
