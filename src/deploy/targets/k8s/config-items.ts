import { posix } from "node:path";
import type { AgentPlan } from "../../plan.ts";

/** A file of a ConfigMap. */
export interface ConfigItem {
  /** Letters, digits, "-", "_" and "." (Kubernetes API, ConfigMap). */
  key: string;
  /** Relative to the folder that the ConfigMap is mounted at. */
  path: string;
  text: string;
}

export const configFolder = ({ config }: AgentPlan): string => posix.dirname(config.path);

/** The config first, then the files beside it. */
export function configItems({ config, files }: AgentPlan): ConfigItem[] {
  const taken = new Set<string>();
  return [config, ...files].map(({ path, text }) => {
    const relative = posix.relative(posix.dirname(config.path), path);
    const key = freeKey(relative.replace(/[^\w.-]/g, "_"), taken);
    taken.add(key);
    return { key, path: relative, text };
  });
}

/** Whether the keys are the paths, so that the volume need not list them. */
export const isPlain = (items: readonly ConfigItem[]): boolean =>
  items.every(({ key, path }) => key === path);

function freeKey(key: string, taken: ReadonlySet<string>): string {
  if (!taken.has(key)) return key;
  let number = 2;
  while (taken.has(`${key}.${number}`)) number++;
  return `${key}.${number}`;
}
