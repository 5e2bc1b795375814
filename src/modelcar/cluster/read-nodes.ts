import { counted } from "../../base/counted.ts";
import { mapParallel } from "../../base/map-parallel.ts";
import type { InventoryProblem, NodeFacts } from "../inventory/types.ts";
import type { Api } from "./api.ts";
import { nodeFacts, nodeProblems } from "./nodes.ts";
import { type NodeObject, nodeSchema, podSchema, readAll } from "./objects.ts";
import { type Findings, readPart } from "./part.ts";
import { withPods } from "./pods.ts";
import { ClusterError, type ClusterWorld } from "./types.ts";

/** Nodes that are asked for their pods at a time. */
const WIDTH = 8;

export interface ReadNodes {
  /** Those that have accelerators. */
  nodes: NodeFacts[];
  /** Of all kinds; undefined when they could not be listed. */
  total: number | undefined;
}

/** The nodes with accelerators, and what running pods hold of them; what is wrong goes to the findings. */
export async function readNodes(api: Api, world: ClusterWorld, findings: Findings): Promise<ReadNodes> {
  const objects = await listNodes(api, findings);
  if (objects === undefined) return { nodes: [], total: undefined };
  const facts = new Map(objects.map((object) => [object.metadata.name, nodeFacts(object)]));
  const equipped = [...facts.values()].filter(({ pools }) => pools.length > 0);
  const counted = await countPods(api, equipped, world, findings);
  for (const node of counted ?? []) facts.set(node.name, node);
  const problems = objects.flatMap((object) => nodeProblems(object, facts.get(object.metadata.name)!));
  if (equipped.length === 0) problems.unshift(noAccelerators(objects.length));
  findings.problems.push(...problems);
  return { nodes: counted ?? equipped, total: objects.length };
}

const noAccelerators = (nodes: number): InventoryProblem => ({
  code: "no-accelerators",
  text:
    nodes === 0
      ? "the cluster has no nodes"
      : `none of the cluster's nodes (${nodes}) gives out an accelerator`,
  hint: "Add a node with GPUs, or install the operator of their vendor (NVIDIA GPU operator, AMD, Intel Gaudi).",
});

async function listNodes(api: Api, findings: Findings): Promise<NodeObject[] | undefined> {
  return await readPart(
    api,
    {
      id: "list-nodes",
      label: "nodes can be listed",
      permission: { verb: "list", resource: "nodes" },
      kind: "needed",
      part: "nodes",
      read: async (broken) =>
        readAll(await api.list("/api/v1/nodes"), nodeSchema(), (text) =>
          broken("node-broken", `of the nodes, ${text}`),
        ),
      found: (nodes) => counted(nodes.length, "node"),
    },
    findings,
  );
}

/** Asked node by node, which the API answers from an index: other pods may be many thousands. */
async function countPods(
  api: Api,
  nodes: readonly NodeFacts[],
  world: ClusterWorld,
  findings: Findings,
): Promise<NodeFacts[] | undefined> {
  let pods = 0;
  return await readPart(
    api,
    {
      id: "list-pods",
      label: "pods can be listed, to see which accelerators are free",
      permission: { verb: "list", resource: "pods" },
      kind: "needed",
      part: "pods",
      read: () =>
        mapParallel(
          nodes,
          WIDTH,
          async (node) => {
            const query = { fieldSelector: `spec.nodeName=${node.name}` };
            const read = readAll(await api.list("/api/v1/pods", query), podSchema(), (text) => {
              throw new ClusterError("broken", `of the pods on ${node.name}, ${text}`);
            });
            pods += read.length;
            return withPods(node, read);
          },
          world.signal,
        ),
      found: () => `${counted(pods, "pod")} on nodes with accelerators`,
    },
    findings,
  );
}
