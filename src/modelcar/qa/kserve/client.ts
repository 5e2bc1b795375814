import type { Api } from "../../cluster/api.ts";
import { isClusterError } from "../../cluster/types.ts";

/** As whom we apply (kubernetes.io, Server-Side Apply). */
const FIELD_MANAGER = "agent2389";

/** Creates or changes an object to what is said here; what others say of it stays. */
export async function apply(api: Api, path: string, body: object): Promise<unknown> {
  return await api.json(path, {
    method: "PATCH",
    query: { fieldManager: FIELD_MANAGER, force: "true" },
    contentType: "application/apply-patch+yaml",
    body,
  });
}

/** The object, or undefined where there is none. */
export async function find(api: Api, path: string): Promise<unknown> {
  try {
    return await api.json(path);
  } catch (thrown) {
    if (isClusterError(thrown) && thrown.code === "not-found") return undefined;
    throw thrown;
  }
}

/** Has it deleted, with all that belongs to it; one that is gone is as good. */
export async function remove(api: Api, path: string): Promise<void> {
  try {
    await api.json(path, { method: "DELETE", query: { propagationPolicy: "Foreground" } });
  } catch (thrown) {
    if (!isClusterError(thrown) || thrown.code !== "not-found") throw thrown;
  }
}
