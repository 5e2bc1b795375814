import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { gpuType, splitProduct } from "../gpus/match.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { isGpuInfo, parseGpuInfo } from "./gpu-info.ts";
import type { SavedInventory } from "./schema.ts";
import type { GpuPool, Inventory, NodeFacts, Serving } from "./types.ts";

/** The inventory as JSON, to be read again by {@link readInventory}. What is not known is left out. */
export const inventoryJson = (inventory: Inventory): object => ({ version: 1, ...inventory });

/**
 * A saved inventory, or the `gpu_info.txt` of a peer of this tool. `runtime`, where it is known, wins over the one that
 * was saved. `file` is for messages. @throws ExpectedError
 */
export async function readInventory(
  text: string,
  file: string,
  runtime: RuntimeVersion = UNKNOWN_RUNTIME,
): Promise<Inventory> {
  const known = runtime !== UNKNOWN_RUNTIME;
  if (isGpuInfo(text)) return parseGpuInfo(text, file, runtime);
  const value = parseJson(text);
  if (value === undefined) throw notSaved("it is not JSON", file);
  const { inventorySchema } = await import("./schema.ts");
  const schema = inventorySchema();
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { firstMistake } = await import("../../base/first-mistake.ts");
    throw notSaved(firstMistake(schema, value, parsed.error.issues), file);
  }
  const { otherServing, ...inventory } = inventoryOf(parsed.data);
  return known ? { ...inventory, runtime } : { ...inventory, ...(otherServing && { otherServing }) };
}

const notSaved = (why: string, where: string): ExpectedError =>
  new ExpectedError(`this is not a saved inventory: ${why}`, {
    where,
    hint: "Save one with 'agent2389 model-car accelerators --json'; the gpu_info.txt of an earlier run does, too.",
  });

function inventoryOf({ version: _, nodes, problems, otherServing, ...rest }: SavedInventory): Inventory {
  const others = Object.entries(otherServing ?? {}).map(([vendor, one]) => [vendor, servingOf(one)]);
  return {
    ...rest,
    ...servingOf(rest),
    ...(others.length > 0 && { otherServing: Object.fromEntries(others) }),
    source: "file",
    nodes: nodes.map(nodeOf),
    problems: problems.map((problem) => ({ hint: undefined, ...problem })),
  };
}

const servingOf = ({ runtime, tolerations }: Pick<SavedInventory, "runtime" | "tolerations">): Serving => ({
  runtime: { version: undefined, image: undefined, platform: undefined, ...runtime },
  tolerations: tolerations.map((one) => ({ key: undefined, value: undefined, effect: undefined, ...one })),
});

const NOTHING_OF_NODE = {
  ...{ architecture: undefined, ramBytes: undefined, storageBytes: undefined },
  ...{ instanceType: undefined, provider: undefined, zone: undefined },
};

const nodeOf = ({ pools, taints, ...node }: SavedInventory["nodes"][number]): NodeFacts => ({
  ...NOTHING_OF_NODE,
  ...node,
  taints: taints.map((taint) => ({ value: undefined, ...taint })),
  pools: pools.map(poolOf),
});

/** The type is looked up anew: the table may have come to know more. */
function poolOf(saved: SavedInventory["nodes"][number]["pools"][number]): GpuPool {
  const { product, memoryMiB, capability, vendor } = saved;
  return {
    ...{ vendor: undefined, memoryMiB: undefined, capability: undefined, allocated: undefined },
    ...{ replicas: undefined, mig: splitProduct(product).mig, driver: undefined, cuda: undefined },
    ...saved,
    type: gpuType(product, { memoryMiB, capability, vendor }),
  };
}
