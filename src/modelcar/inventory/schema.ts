import * as z from "../../base/zod.ts";
import { EFFECTS } from "./tolerations.ts";

const count = () => z.int().check(z.minimum(0), z.maximum(1_000_000));
const text = () => z.string().check(z.maxLength(10_000));

const vendor = () => z.enum(["nvidia", "amd", "intel", "gaudi", "spyre", "tpu", "cpu"]);

const pool = () =>
  z.object({
    product: text(),
    vendor: z.optional(vendor()),
    resource: text(),
    memoryMiB: z.optional(z.number().check(z.positive())),
    capability: z.optional(z.number().check(z.positive())),
    capacity: count(),
    allocatable: count(),
    allocated: z.optional(count()),
    replicas: z.optional(count()),
    mig: z.optional(text()),
    driver: z.optional(text()),
    cuda: z.optional(text()),
  });

const taint = () =>
  z.object({
    key: text(),
    value: z.optional(text()),
    effect: z.enum(EFFECTS),
  });

const toleration = () =>
  z.object({
    key: z.optional(text()),
    operator: z.enum(["Exists", "Equal"]),
    value: z.optional(text()),
    effect: z.optional(z.enum(EFFECTS)),
  });

const node = () =>
  z.object({
    name: text(),
    ready: z.boolean(),
    schedulable: z.boolean(),
    taints: z.array(taint()),
    architecture: z.optional(text()),
    pools: z.array(pool()),
    ramBytes: z.optional(z.number()),
    storageBytes: z.optional(z.number()),
    instanceType: z.optional(text()),
    provider: z.optional(text()),
    zone: z.optional(text()),
  });

const serving = () => ({
  tolerations: z.array(toleration()),
  runtime: z.object({
    version: z.optional(text()),
    image: z.optional(text()),
    platform: z.optional(z.enum(["cuda", "rocm", "gaudi", "spyre", "xpu", "cpu", "tpu"])),
    evidence: text(),
  }),
});

/** A saved inventory: what `accelerators --json` prints. Keys that are not known are left alone. */
export const inventorySchema = () =>
  z.object({
    version: z.literal(1),
    source: z.enum(["cluster", "flag", "file", "machine"]),
    nodes: z.array(node()).check(z.maxLength(100_000)),
    quotas: z.array(
      z.object({
        name: text(),
        resource: text(),
        hard: z.number(),
        used: z.number(),
        per: z.optional(z.literal("pod")),
      }),
    ),
    ...serving(),
    otherServing: z.optional(z.partialRecord(vendor(), z.object(serving()))),
    problems: z.array(
      z.object({
        code: text(),
        text: text(),
        hint: z.optional(text()),
        unread: z.optional(z.enum(["nodes", "pods", "quotas", "runtimes"])),
      }),
    ),
    complete: z.boolean(),
  });

export type SavedInventory = z.output<ReturnType<typeof inventorySchema>>;
