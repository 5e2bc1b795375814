import type { AgentPlan } from "../../../plan.ts";
import { configFolder, configItems, isPlain } from "../config-items.ts";
import { claimName, configName } from "../names.ts";

/** Volumes of the pod. Nothing else of the file system can be written to. */
export function volumes(agent: AgentPlan) {
  const items = configItems(agent);
  return [
    {
      name: "config",
      configMap: {
        name: configName(agent),
        items: isPlain(items) ? undefined : items.map(({ key, path }) => ({ key, path })),
      },
    },
    {
      name: "data",
      ...(agent.storage.size === undefined
        ? { emptyDir: {} }
        : { persistentVolumeClaim: { claimName: claimName(agent) } }),
    },
    { name: "tmp", emptyDir: {} },
  ];
}

/** Where they are in the container. TensorRT's engines share the volume of the journal, in a folder of their own. */
export const volumeMounts = (agent: AgentPlan) => [
  { name: "config", mountPath: configFolder(agent), readOnly: true },
  { name: "data", mountPath: agent.storage.mountPath },
  ...(agent.accelerator ? [{ name: "data", mountPath: agent.accelerator.cachePath, subPath: "cache" }] : []),
  { name: "tmp", mountPath: "/tmp" },
];
