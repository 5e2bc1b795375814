import type { Device } from "./bars.ts";
import type { AcceleratorReport, ModelReport } from "./types.ts";

type Node = AcceleratorReport["nodes"][number];

/** The devices of a node with the models that were placed there; which of equal ones a model gets is Kubernetes' to say. */
export function devicesOf(node: Node, models: readonly ModelReport[]): Device[] {
  return node.gpus.flatMap(({ product, resource, allocatable, free, memoryMiB }) => {
    const here = models.flatMap((model) => {
      const { placement, verdict } = model;
      const isHere =
        verdict === "GO" &&
        placement?.node === node.name &&
        placement.resource === resource &&
        placement.product === product;
      return isHere ? Array.from({ length: placement.gpus }, () => model) : [];
    });
    const open = free ?? allocatable;
    return Array.from({ length: allocatable }, (_, i): Device => {
      const taken = i >= open;
      const label = `${i} ${product}${taken ? " (in use)" : ""}`;
      return { label, model: here[i], memoryMiB };
    });
  });
}
