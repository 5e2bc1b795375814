/** The kinds that the peer of the Kubernetes API has, and how their paths are written. */

export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const rows = (
  group: string,
  version: string,
  namespaced: boolean,
  kinds: Record<string, string>,
): Resource[] =>
  Object.entries(kinds).map(([plural, kind]) => ({ group, version, plural, kind, namespaced }));

export const apiVersionOf = ({ group, version }: Resource): string =>
  group === "" ? version : `${group}/${version}`;

export const RESOURCES: readonly Resource[] = [
  ...rows("", "v1", false, { nodes: "Node", namespaces: "Namespace" }),
  ...rows("", "v1", true, {
    pods: "Pod",
    services: "Service",
    secrets: "Secret",
    events: "Event",
    resourcequotas: "ResourceQuota",
    limitranges: "LimitRange",
  }),
  ...rows("authentication.k8s.io", "v1", false, { selfsubjectreviews: "SelfSubjectReview" }),
  ...rows("authorization.k8s.io", "v1", false, { selfsubjectaccessreviews: "SelfSubjectAccessReview" }),
  ...rows("user.openshift.io", "v1", false, { users: "User" }),
  ...rows("quota.openshift.io", "v1", true, { appliedclusterresourcequotas: "AppliedClusterResourceQuota" }),
  ...rows("template.openshift.io", "v1", true, { templates: "Template" }),
  ...rows("serving.kserve.io", "v1alpha1", true, { servingruntimes: "ServingRuntime" }),
  ...rows("serving.kserve.io", "v1alpha1", false, { clusterservingruntimes: "ClusterServingRuntime" }),
  ...rows("serving.kserve.io", "v1beta1", true, { inferenceservices: "InferenceService" }),
  ...rows("infrastructure.opendatahub.io", "v1alpha1", true, { hardwareprofiles: "HardwareProfile" }),
  ...rows("dashboard.opendatahub.io", "v1", true, { acceleratorprofiles: "AcceleratorProfile" }),
];

/** Kinds that no cluster has without OpenShift, OpenShift AI or KServe. */
export const PLAIN_KUBERNETES = [
  "user.openshift.io",
  "quota.openshift.io",
  "template.openshift.io",
  "serving.kserve.io",
  "infrastructure.opendatahub.io",
  "dashboard.opendatahub.io",
];

export interface Place {
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  /** What follows the subresource, as `/v1/models` of a proxy. */
  rest: string;
}

export const kindOf = ({ kind }: ApiObject): string | undefined => kind;

/** What a path stands for; undefined for one of no kind that is known. */
export function placeOf(path: string): Place | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/(v[^/]+)\/(.+)$/.exec(path);
  if (match === null) return undefined;
  const [, group = "", version, tail = ""] = match;
  const parts = tail.split("/").map(decodeURIComponent);
  const spaced = parts[0] === "namespaces" && parts.length > 2;
  const namespace = spaced ? parts[1] : undefined;
  const [plural, name, subresource, ...rest] = spaced ? parts.slice(2) : parts;
  const resource = RESOURCES.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  return resource === undefined
    ? undefined
    : { resource, namespace, name, subresource, rest: `/${rest.join("/")}` };
}
