import * as z from "../../../../base/zod.ts";

/**
 * Kinds of operators, the fields that are rendered here, strict. Sources: prometheus-operator, ServiceMonitor
 * (monitoring.coreos.com/v1; also the npm package @kubernetes-models/prometheus-operator 6.0.0); KEDA, ScaledObject
 * (keda.sh/v1alpha1) and its Prometheus scaler; External Secrets Operator, ExternalSecret (external-secrets.io/v1).
 */
export const customSchema = (kind: string): z.ZodMiniType | undefined => schemas()[kind];

const labels = () => z.record(z.string(), z.string());

const metadata = () =>
  z.strictObject({ name: z.string(), namespace: z.optional(z.string()), labels: labels() });

const schemas = (): Readonly<Record<string, z.ZodMiniType>> => ({
  "monitoring.coreos.com/v1 ServiceMonitor": object(
    "monitoring.coreos.com/v1",
    "ServiceMonitor",
    serviceMonitor(),
  ),
  "keda.sh/v1alpha1 ScaledObject": object("keda.sh/v1alpha1", "ScaledObject", scaledObject()),
  "external-secrets.io/v1 ExternalSecret": object(
    "external-secrets.io/v1",
    "ExternalSecret",
    externalSecret(),
  ),
});

const object = (apiVersion: string, kind: string, spec: z.ZodMiniType) =>
  z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata: metadata(), spec });

const serviceMonitor = () =>
  z.strictObject({
    selector: z.strictObject({ matchLabels: labels() }),
    endpoints: z
      .array(
        z.strictObject({
          port: z.string(),
          path: z.string(),
          interval: z.string().check(z.regex(/^\d+(ms|s|m|h)$/)),
          authorization: z.optional(
            z.strictObject({
              type: z.literal("Bearer"),
              credentials: z.strictObject({ name: z.string(), key: z.string() }),
            }),
          ),
        }),
      )
      .check(z.minLength(1)),
  });

const count = () => z.int().check(z.minimum(0), z.maximum(2 ** 31 - 1));

const scaledObject = () =>
  z.strictObject({
    scaleTargetRef: z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string() }),
    minReplicaCount: count(),
    maxReplicaCount: count(),
    triggers: z
      .array(
        z.strictObject({
          type: z.literal("prometheus"),
          metadata: z.strictObject({
            serverAddress: z.url(),
            query: z.string(),
            threshold: z.string().check(z.regex(/^\d+(\.\d+)?$/)),
          }),
        }),
      )
      .check(z.minLength(1)),
  });

const secretKey = () => z.string().check(z.regex(/^[-._a-zA-Z0-9]+$/), z.maxLength(253));
const name = () =>
  z
    .string()
    .check(z.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/), z.maxLength(253));

const externalSecret = () =>
  z.strictObject({
    refreshInterval: z.string().check(z.regex(/^(\d+(h|m|s))+$/)),
    secretStoreRef: z.strictObject({ kind: z.enum(["SecretStore", "ClusterSecretStore"]), name: name() }),
    target: z.strictObject({ name: name(), creationPolicy: z.enum(["Owner", "Orphan", "Merge", "None"]) }),
    data: z.optional(
      z.array(
        z.strictObject({
          secretKey: secretKey(),
          remoteRef: z.strictObject({ key: z.string(), property: z.string() }),
        }),
      ),
    ),
    dataFrom: z.optional(z.array(z.strictObject({ extract: z.strictObject({ key: z.string() }) }))),
  });
