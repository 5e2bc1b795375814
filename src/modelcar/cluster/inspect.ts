import { stringField } from "../../base/json.ts";
import type { GpuVendor } from "../gpus/types.ts";
import { distinctTolerations } from "../inventory/tolerations.ts";
import type { InventoryProblem, NodeFacts, Toleration } from "../inventory/types.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isAbsent, whoAmI } from "./access.ts";
import { type Api, openApi } from "./api.ts";
import { limitRangeSchema, quotaSchema, readAll } from "./objects.ts";
import { type Findings, readPart } from "./part.ts";
import { limitProblems, quotasOf, quotasOfRanges, unreadLimits } from "./quotas.ts";
import { readNodes } from "./read-nodes.ts";
import { readRuntimes } from "./read-runtimes.ts";
import { chooseImage } from "./runtime-images.ts";
import { servingTolerations } from "./serving-tolerations.ts";
import type { ClusterInspection, ClusterWorld, Connection } from "./types.ts";

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
  const vendor = mainVendor(read.nodes);
  const own = chooseImage(runtimes.images, vendor);
  const used = servingTolerations(runtimes, { chosen: own, named: runtime, vendor });
  findings.problems.push(...used.problems);
  const ranking = (id: string): number => {
    const at = ORDER.indexOf(id);
    return at < 0 ? ORDER.length : at;
  };
  return {
    inventory: {
      source: "cluster",
      nodes: read.nodes,
      quotas: limits,
      tolerations: distinctTolerations([...used.tolerations, ...tolerations]),
      runtime: runtime ?? own?.runtime ?? UNKNOWN_RUNTIME,
      problems: runtime === undefined ? findings.problems : withoutRuntimes(findings.problems),
      complete: findings.complete,
    },
    checks: findings.checks.sort((a, b) => ranking(a.id) - ranking(b.id)),
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

/** As they are told; what is not here comes after, in the order in which it was found out. */
const ORDER = [
  "reach",
  "login",
  "list-nodes",
  "list-pods",
  "list-resourcequotas",
  "list-limitranges",
  "list-servingruntimes",
  "list-clusterservingruntimes",
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

async function readLimits(api: Api, findings: Findings) {
  const { namespace } = api.connection;
  const read = <T>(plural: string, label: string, schema: Parameters<typeof readAll<T>>[1]) =>
    readPart(
      api,
      {
        id: `list-${plural}`,
        label: `${label} of namespace ${namespace} can be listed`,
        permission: { verb: "list", resource: plural, namespace },
        kind: "needed",
        part: "quotas",
        read: async (broken) =>
          readAll(await api.list(`/api/v1/namespaces/${namespace}/${plural}`), schema, (text) =>
            broken("limit-broken", `of the ${plural}, ${text}`),
          ),
        found: (objects) => (objects.length === 0 ? "none is set" : `${objects.length} set`),
      },
      findings,
    );
  const [quotas = [], ranges = []] = await Promise.all([
    read("resourcequotas", "quotas", quotaSchema()),
    read("limitranges", "limit ranges", limitRangeSchema()),
  ]);
  const left = quotasOf(quotas);
  const unsaid = unreadLimits(namespace, quotas, ranges);
  if (unsaid.length > 0) findings.complete = false;
  findings.problems.push(...limitProblems(namespace, left, ranges), ...unsaid);
  return [...left, ...quotasOfRanges(ranges)];
}

/** The vendor of most of the devices. */
function mainVendor(nodes: readonly NodeFacts[]): GpuVendor | undefined {
  const counts = new Map<GpuVendor, number>();
  for (const { vendor, allocatable } of nodes.flatMap(({ pools }) => pools))
    if (vendor !== undefined) counts.set(vendor, (counts.get(vendor) ?? 0) + allocatable);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
