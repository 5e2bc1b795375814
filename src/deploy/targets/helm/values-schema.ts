/** values.schema.json, by which Helm checks what people set (Helm documentation, Charts, Schema Files). */

type Schema = Readonly<Record<string, unknown>>;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const count = (minimum: number): Schema => ({ type: "integer", minimum });
const port = { type: "integer", minimum: 1, maximum: 65535 } as const;
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const listOf = (items: Schema): Schema => ({ type: "array", items });
const mapOf = (additionalProperties: Schema): Schema => ({ type: "object", additionalProperties });
const anything = { type: "object" } as const;
const quantity = { type: ["string", "integer", "number"] } as const;
const size = { type: "string", pattern: "^([0-9]+(\\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?)?$" } as const;
const pullPolicy = oneOf("Always", "IfNotPresent", "Never");

/** Nothing but these fields; all of them are there unless they are named as optional. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", additionalProperties: false, properties, required };
}

const imageFields = {
  repository: { type: "string", minLength: 1 },
  tag: text,
  digest: { type: "string", pattern: "^(sha256:[0-9a-f]{64})?$" },
} as const;

const resources = object({ requests: mapOf(quantity), limits: mapOf(quantity) }, ["requests", "limits"]);

const agent = () =>
  object(
    {
      agentId: { type: "string", minLength: 1 },
      description: text,
      image: object({ ...imageFields, repository: text }, ["repository", "tag", "digest"]),
      args: listOf(text),
      configFolder: { type: "string", pattern: "^/" },
      configFiles: listOf(object({ key: { type: "string", pattern: "^[-._a-zA-Z0-9]+$" }, path: text })),
      configPaths: flag,
      env: mapOf(text),
      secrets: mapOf(object({ required: flag })),
      existingSecret: text,
      replicas: count(0),
      autoscale: object({
        kind: oneOf("none", "hpa", "keda"),
        maxReplicas: count(1),
        cpuPercent: { type: "integer", minimum: 1, maximum: 100 },
        tasksPerReplica: count(1),
        prometheusUrl: text,
      }),
      resources,
      storage: object({ size, className: text, mountPath: { type: "string", pattern: "^/" } }),
      health: object({ enabled: flag, port, startSeconds: count(1) }),
      service: object({ type: oneOf("ClusterIP", "LoadBalancer", "NodePort") }),
      serviceMonitor: object({ enabled: flag, interval: text, labels: mapOf(text), tokenKey: text }),
      egressPorts: listOf(port),
      terminationGracePeriodSeconds: count(0),
      accelerator: object({ enabled: flag, runtimeClassName: text, cachePath: text }),
      nodeSelector: mapOf(text),
      tolerations: listOf(anything),
      affinity: anything,
      podLabels: mapOf(text),
      podAnnotations: mapOf(text),
    },
    ["description", "existingSecret", "image"],
  );

const broker = () => ({
  ...object(
    {
      enabled: flag,
      name: { type: "string", pattern: "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$" },
      port,
      image: object({ ...imageFields, pullPolicy }),
      login: object({
        enabled: flag,
        usernameKey: text,
        passwordKey: text,
        existingSecret: text,
        entry: text,
        resources,
      }),
      storage: object({ size: { ...size, minLength: 1 }, className: text }),
      resources,
    },
    ["name", "port", "image", "login", "storage", "resources"],
  ),
  if: { properties: { enabled: { const: true } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["name", "port", "image", "login", "storage", "resources"] },
});

export const valuesSchema = (): Schema => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Values",
  ...object({
    image: object({ ...imageFields, pullPolicy }),
    imagePullSecrets: listOf(object({ name: text })),
    networkPolicy: object({ enabled: flag }),
    externalSecrets: object({
      store: text,
      kind: oneOf("ClusterSecretStore", "SecretStore"),
      refreshInterval: text,
    }),
    tests: object({ resources }),
    broker: broker(),
    agents: {
      type: "object",
      minProperties: 1,
      propertyNames: { pattern: "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$" },
      additionalProperties: agent(),
    },
    global: anything,
  }),
  required: ["image", "networkPolicy", "externalSecrets", "tests", "broker", "agents"],
});
