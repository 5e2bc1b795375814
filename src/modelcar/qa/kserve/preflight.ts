import { mayI, type Permission } from "../../cluster/access.ts";
import type { Api } from "../../cluster/api.ts";
import { isClusterError } from "../../cluster/types.ts";
import { clusterLine } from "../cluster-line.ts";
import type { Say } from "../stream.ts";
import { QaError } from "../types.ts";
import { find } from "./client.ts";
import { KSERVE, NAMESPACES, paths } from "./paths.ts";
import { namespaceObject, type Stage } from "./render.ts";

const NEEDED: readonly Permission[] = [
  { verb: "patch", resource: "secrets" },
  { verb: "patch", resource: "servingruntimes.serving.kserve.io" },
  { verb: "patch", resource: "inferenceservices.serving.kserve.io" },
  { verb: "delete", resource: "inferenceservices.serving.kserve.io" },
  { verb: "list", resource: "pods" },
  { verb: "get", resource: "pods/log" },
];
const ASKING: Permission = { verb: "create", resource: "services/proxy" };

/** Everything that can be known to fail, before anything is made. */
export async function preflight(api: Api, { namespace }: Stage, skipSmoke: boolean, say: Say): Promise<void> {
  say(await clusterLine(api));
  if ((await find(api, KSERVE)) === undefined)
    throw new QaError("KSERVE_MISSING", "the cluster has no serving.kserve.io/v1beta1");
  const needed = skipSmoke ? NEEDED : [...NEEDED, ASKING];
  const answers = await Promise.all(needed.map((permission) => mayI(api, { ...permission, namespace })));
  const [denied] = needed.filter((_, i) => answers[i] === "no");
  if (denied !== undefined)
    throw new QaError(
      "PERMISSION_DENIED",
      `not allowed to ${denied.verb} ${denied.resource} in namespace ${namespace}`,
    );
  say(`permissions in namespace ${namespace}: all there`);
}

/** Whether the namespace was made here, and so is to be removed. */
export async function ensureNamespace(api: Api, stage: Stage, say: Say): Promise<boolean> {
  const found = await find(api, paths(stage.namespace).namespace);
  if (found !== undefined) {
    say(`namespace ${stage.namespace} is there; it stays`);
    return false;
  }
  try {
    await api.json(NAMESPACES, { method: "POST", body: namespaceObject(stage) });
  } catch (thrown) {
    if (isClusterError(thrown) && thrown.code === "conflict") return false;
    if (!isClusterError(thrown) || thrown.code !== "forbidden") throw thrown;
    throw new QaError("PERMISSION_DENIED", `not allowed to make the namespace ${stage.namespace}`, {
      hint: `Make it yourself (oc new-project ${stage.namespace}), or use another by --qa-namespace.`,
    });
  }
  say(`namespace ${stage.namespace} made`);
  return true;
}
