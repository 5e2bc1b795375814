import { stringField } from "../../base/json.ts";
import { valueAt } from "../../base/path.ts";

import type { Api } from "./api.ts";
import { isClusterError } from "./types.ts";

/** An action that RBAC may allow; `resource` is `nodes`, or `deployments.apps` with the group. */
export interface Permission {
  verb: string;
  resource: string;
  /** Absent: all namespaces, or a resource that has none. */
  namespace?: string;
}

export type Allowed = "yes" | "no" | "unknown";

/** Whether the user may, by SelfSubjectAccessReview. Unknown when the cluster does not say. */
export async function mayI(api: Api, { verb, resource, namespace }: Permission): Promise<Allowed> {
  const [kind = "", ...group] = resource.split(".");
  const [name, subresource] = kind.split("/");
  const resourceAttributes = {
    verb,
    resource: name,
    group: group.join("."),
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
  };
  try {
    const review = await api.json("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      method: "POST",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      },
    });
    const allowed = valueAt(review, ["status", "allowed"]);
    return typeof allowed === "boolean" ? (allowed ? "yes" : "no") : "unknown";
  } catch (thrown) {
    if (isClusterError(thrown) && ["forbidden", "not-found", "unavailable"].includes(thrown.code))
      return "unknown";
    throw thrown;
  }
}

/** Whether the cluster has the API group of a resource; so also when it does not say. @throws the signal's reason */
export async function isInstalled(api: Api, { resource }: Permission): Promise<boolean> {
  const group = resource.split("/")[0]!.split(".").slice(1).join(".");
  try {
    const groups = valueAt(await api.json("/apis"), ["groups"]);
    return !Array.isArray(groups) || groups.some((each) => stringField(each, "name") === group);
  } catch (thrown) {
    if (isClusterError(thrown)) return true;
    throw thrown;
  }
}

/**
 * Who the cluster takes us for: SelfSubjectReview (Kubernetes 1.28 and later), else OpenShift's own user. Undefined when
 * the cluster has neither. @throws ClusterError, `unauthorized` when the login is not accepted.
 */
export async function whoAmI(api: Api): Promise<string | undefined> {
  try {
    const review = await api.json("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      method: "POST",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    return stringField(valueAt(review, ["status", "userInfo"]), "username");
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown;
  }
  try {
    const user = await api.json("/apis/user.openshift.io/v1/users/~");
    return stringField(valueAt(user, ["metadata"]), "name");
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

/** Not there, or not for us: kinds that a cluster may be without. */
export const isAbsent = (thrown: unknown): boolean =>
  isClusterError(thrown) && (thrown.code === "not-found" || thrown.code === "forbidden");
