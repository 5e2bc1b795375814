import { firstMistake } from "../../base/first-mistake.ts";
import { stringField } from "../../base/json.ts";
import { valueAt } from "../../base/path.ts";
import * as z from "../../base/zod.ts";

/** The parts of the API's objects that are looked at (kubernetes.io, Kubernetes API reference v1). */

const words = () => z.record(z.string(), z.string());
const quantities = () => z.record(z.string(), z.union([z.string(), z.number()]));
const metadata = () =>
  z.object({
    name: z.string(),
    namespace: z.optional(z.string()),
    labels: z.nullish(words()),
    annotations: z.nullish(words()),
  });
const toleration = () =>
  z.object({
    key: z.optional(z.string()),
    operator: z.optional(z.string()),
    value: z.optional(z.string()),
    effect: z.optional(z.string()),
  });
export type TolerationObject = z.output<ReturnType<typeof toleration>>;

export const nodeSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.nullish(
      z.object({
        unschedulable: z.optional(z.boolean()),
        providerID: z.optional(z.string()),
        taints: z.nullish(
          z.array(z.object({ key: z.string(), value: z.optional(z.string()), effect: z.string() })),
        ),
      }),
    ),
    status: z.object({
      capacity: z.nullish(quantities()),
      allocatable: z.nullish(quantities()),
      conditions: z.nullish(
        z.array(z.object({ type: z.string(), status: z.string(), message: z.optional(z.string()) })),
      ),
      nodeInfo: z.nullish(z.object({ architecture: z.optional(z.string()) })),
    }),
  });
export type NodeObject = z.output<ReturnType<typeof nodeSchema>>;

const container = () =>
  z.object({
    name: z.optional(z.string()),
    restartPolicy: z.optional(z.string()),
    resources: z.nullish(z.object({ requests: z.nullish(quantities()), limits: z.nullish(quantities()) })),
  });

export const podSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.object({
      nodeName: z.optional(z.string()),
      containers: z.array(container()),
      initContainers: z.nullish(z.array(container())),
    }),
    status: z.nullish(z.object({ phase: z.optional(z.string()) })),
  });
export type PodObject = z.output<ReturnType<typeof podSchema>>;

const quotaSpec = () =>
  z.object({
    hard: z.nullish(quantities()),
    scopes: z.nullish(z.array(z.string())),
    scopeSelector: z.nullish(
      z.object({
        matchExpressions: z.nullish(
          z.array(
            z.object({
              scopeName: z.string(),
              operator: z.string(),
              values: z.nullish(z.array(z.string())),
            }),
          ),
        ),
      }),
    ),
  });
export type QuotaSpec = z.output<ReturnType<typeof quotaSpec>>;

const quotaStatus = () => z.object({ hard: z.nullish(quantities()), used: z.nullish(quantities()) });

export const quotaSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.nullish(quotaSpec()),
    status: z.nullish(quotaStatus()),
  });
export type QuotaObject = z.output<ReturnType<typeof quotaSchema>>;

/**
 * quota.openshift.io/v1 AppliedClusterResourceQuota: a ClusterResourceQuota as those of one of its namespaces may see it;
 * `total` is of all its namespaces together, and what is enforced.
 */
export const clusterQuotaSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.nullish(z.object({ quota: z.nullish(quotaSpec()) })),
    status: z.nullish(z.object({ total: z.nullish(quotaStatus()) })),
  });
export type ClusterQuotaObject = z.output<ReturnType<typeof clusterQuotaSchema>>;

export const limitRangeSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.object({ limits: z.array(z.object({ type: z.string(), max: z.nullish(quantities()) })) }),
  });
export type LimitRangeObject = z.output<ReturnType<typeof limitRangeSchema>>;

/** serving.kserve.io/v1alpha1 ServingRuntime and ClusterServingRuntime. */
export const servingRuntimeSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.object({
      disabled: z.nullish(z.boolean()),
      containers: z.array(
        z.object({
          name: z.optional(z.string()),
          image: z.optional(z.string()),
          command: z.nullish(z.array(z.string())),
          args: z.nullish(z.array(z.string())),
        }),
      ),
      supportedModelFormats: z.nullish(z.array(z.object({ name: z.string() }))),
      tolerations: z.nullish(z.array(toleration())),
    }),
  });
export type ServingRuntimeObject = z.output<ReturnType<typeof servingRuntimeSchema>>;

/** template.openshift.io/v1 Template. */
export const templateSchema = () => z.object({ metadata: metadata(), objects: z.array(z.unknown()) });

/** infrastructure.opendatahub.io HardwareProfile, dashboard.opendatahub.io AcceleratorProfile (the older). */
export const profileSchema = () =>
  z.object({
    metadata: metadata(),
    spec: z.object({
      enabled: z.nullish(z.boolean()),
      /** What pods of the profile ask for: several in a HardwareProfile, one in an AcceleratorProfile. */
      identifiers: z.nullish(z.array(z.object({ identifier: z.string() }))),
      identifier: z.nullish(z.string()),
      tolerations: z.nullish(z.array(toleration())),
      scheduling: z.nullish(
        z.object({ node: z.nullish(z.object({ tolerations: z.nullish(z.array(toleration())) })) }),
      ),
    }),
  });

export type ProfileObject = z.output<ReturnType<typeof profileSchema>>;

const nameOf = (item: unknown): string | undefined => stringField(valueAt(item, ["metadata"]), "name");

/** The items that have the shape; `broken` is told of the others. */
export function readAll<T>(
  items: readonly unknown[],
  schema: z.ZodMiniType<T>,
  broken: (text: string) => void,
): T[] {
  return items.flatMap((item, at) => {
    const parsed = schema.safeParse(item);
    if (parsed.success) return [parsed.data];
    const mistake = firstMistake(schema, item, parsed.error.issues);
    broken(`${nameOf(item) ?? `item ${at}`} is not as the API has it (${mistake})`);
    return [];
  });
}
