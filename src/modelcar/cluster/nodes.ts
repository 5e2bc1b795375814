import { parseQuantity } from "../../base/quantity.ts";
import { EFFECTS } from "../inventory/tolerations.ts";
import type { InventoryProblem, NodeFacts, Taint } from "../inventory/types.ts";
import { instanceType, type Labels, poolsOf } from "./accelerators.ts";
import type { NodeObject } from "./objects.ts";

const PROVIDERS: Readonly<Record<string, string>> = {
  aws: "AWS",
  gce: "GCP",
  azure: "Azure",
  ibm: "IBM Cloud",
  ibmpowervs: "IBM Cloud",
  oci: "Oracle Cloud",
  openstack: "OpenStack",
  vsphere: "vSphere",
  baremetalhost: "bare metal",
  nutanix: "Nutanix",
};

/** Of `spec.providerID`, as `aws:///us-east-2a/i-0abc`; one that is not known is told by its own word. */
function providerOf(id: string | undefined): string | undefined {
  const scheme = /^([a-z0-9]+):\/\//i.exec(id ?? "")?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : (PROVIDERS[scheme] ?? scheme);
}

/** Taints that the API sets by itself for what `ready` and `schedulable` say already. */
const OWN_TAINTS = /^node\.kubernetes\.io\/(unschedulable|not-ready|unreachable)$/;

function taintsOf({ spec }: NodeObject): Taint[] {
  return (spec?.taints ?? []).flatMap(({ key, value, effect: word }) => {
    const effect = EFFECTS.find((each) => each === word);
    return effect === undefined || OWN_TAINTS.test(key) ? [] : [{ key, value: value || undefined, effect }];
  });
}

const isReady = ({ status }: NodeObject): boolean =>
  (status.conditions ?? []).some(({ type, status: state }) => type === "Ready" && state === "True");

/** A node as the rest of model-car knows it; how many devices are taken is not told yet. */
export function nodeFacts(node: NodeObject): NodeFacts {
  const { metadata, spec, status } = node;
  const labels: Labels = metadata.labels ?? {};
  return {
    name: metadata.name,
    ready: isReady(node),
    schedulable: spec?.unschedulable !== true,
    taints: taintsOf(node),
    architecture: status.nodeInfo?.architecture ?? labels["kubernetes.io/arch"],
    pools: poolsOf(node),
    ramBytes: parseQuantity(status.allocatable?.["memory"] ?? status.capacity?.["memory"]),
    storageBytes: parseQuantity(
      status.allocatable?.["ephemeral-storage"] ?? status.capacity?.["ephemeral-storage"],
    ),
    instanceType: instanceType(labels),
    provider: providerOf(spec?.providerID),
    zone: labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"],
  };
}

const problem = (code: string, text: string, hint?: string): InventoryProblem => ({ code, text, hint });

/** What keeps the accelerators of a node from being used, or from being known. */
export function nodeProblems(node: NodeObject, facts: NodeFacts): InventoryProblem[] {
  const { name, pools } = facts;
  const labels: Labels = node.metadata.labels ?? {};
  if (pools.length === 0)
    return labels["nvidia.com/gpu.present"] === "true" ||
      labels["feature.node.kubernetes.io/pci-10de.present"] === "true"
      ? [
          problem(
            "no-device-plugin",
            `node ${name} has an NVIDIA GPU, but gives none out`,
            "The driver or the device plugin is not running: see the pods of the NVIDIA GPU operator.",
          ),
        ]
      : [];
  return [
    ...stateProblems(facts),
    ...pools.flatMap((pool) => [...poolProblems(name, pool)]),
    ...operatorProblems(name, labels),
  ];
}

function* stateProblems({ name, ready, schedulable, pools }: NodeFacts): Generator<InventoryProblem> {
  if (!ready)
    yield problem("node-not-ready", `node ${name} is not ready`, `See why: kubectl describe node ${name}`);
  if (!schedulable) {
    const held = pools.some(({ allocated }) => (allocated ?? 0) > 0);
    const state = held
      ? "cordoned, and still runs pods with accelerators: half-drained"
      : "cordoned or drained";
    yield problem("node-cordoned", `node ${name} is ${state}`, `To use it again: kubectl uncordon ${name}`);
  }
}

function* poolProblems(name: string, pool: NodeFacts["pools"][number]): Generator<InventoryProblem> {
  const { capacity, allocatable, resource, product, type } = pool;
  if (allocatable < capacity)
    yield problem(
      "devices-unhealthy",
      `node ${name} gives out ${allocatable} of its ${capacity} ${resource}: the others are unhealthy`,
      "See the log of the device plugin on that node.",
    );
  if (product === "unknown")
    yield problem(
      "product-unknown",
      `node ${name} has ${resource}, but no label says which product it is`,
      "Deploy GPU Feature Discovery (NVIDIA), the node labeller (AMD) or Habana's feature discovery.",
    );
  else if (type === undefined)
    yield problem("product-not-in-table", `${product} on node ${name} is not a product that is known here`);
}

function* operatorProblems(name: string, labels: Labels): Generator<InventoryProblem> {
  const mig = labels["nvidia.com/mig.config.state"];
  if (mig === "pending" || mig === "rebooting" || mig === "failed")
    yield problem("mig-changing", `the MIG layout of node ${name} is ${mig}: its slices may change`);
  const upgrade = labels["nvidia.com/gpu-driver-upgrade-state"];
  if (upgrade !== undefined && upgrade !== "" && upgrade !== "upgrade-done")
    yield problem("driver-upgrade", `the GPU driver of node ${name} is being upgraded (${upgrade})`);
}
