import type { Inventory } from "../../../modelcar/inventory/types.ts";
import { acceleratorReport } from "../../../modelcar/report/build.ts";
import { unhealthyText } from "../../../modelcar/report/text.ts";
import type { AcceleratorReport } from "../../../modelcar/report/types.ts";
import type { Output } from "../../terminal/streams.ts";
import { right, table } from "../../terminal/table.ts";

type Node = AcceleratorReport["nodes"][number];

/** The GPUs, a line for each kind in each node; empty where there are none. */
export function acceleratorTable(inventory: Inventory, out: Output): string {
  const rows = acceleratorReport(inventory).nodes.flatMap((node) =>
    node.gpus.map((gpu) => gpuRow(node, gpu, out)),
  );
  if (rows.length === 0) return "";
  return table(
    [
      { title: "NODE", shrinks: true },
      { title: "GPU", shrinks: true },
      { title: "FAMILY" },
      right("MEMORY"),
      right("GPUS"),
      right("FREE"),
      { title: "REMARKS", shrinks: true },
    ],
    rows,
    out,
  );
}

function gpuRow(node: Node, gpu: Node["gpus"][number], { colors }: Output): string[] {
  const capability = gpu.capability === undefined ? "" : ` ${(gpu.capability / 10).toFixed(1)}`;
  const unhealthy = unhealthyText(gpu);
  const remarks = [
    ...(node.ready ? [] : ["not ready"]),
    ...(node.schedulable ? [] : ["cordoned"]),
    ...(gpu.known ? [] : ["not known"]),
    ...(unhealthy === undefined ? [] : [unhealthy]),
    ...(gpu.mig === undefined ? [] : [`MIG ${gpu.mig}`]),
    ...(gpu.replicas === undefined ? [] : [`shared by ${gpu.replicas}`]),
    ...node.taints.map((taint) => `taint ${taint}`),
    ...(node.instanceType === undefined ? [] : [node.instanceType]),
    ...(node.architecture === undefined ? [] : [node.architecture]),
    ...(gpu.driver === undefined ? [] : [`driver ${gpu.driver}`]),
    ...(gpu.cuda === undefined ? [] : [`CUDA ${gpu.cuda}`]),
  ];
  return [
    node.name,
    gpu.known ? gpu.product : colors.yellow(gpu.product),
    gpu.family === undefined ? "unknown" : `${gpu.family}${capability}`,
    gpu.memoryMiB === undefined ? "unknown" : `${(gpu.memoryMiB / 1024).toFixed(1)} GiB`,
    String(gpu.allocatable),
    gpu.free === undefined ? "unknown" : String(gpu.free),
    remarks.join(", "),
  ];
}
