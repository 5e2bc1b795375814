import type { Reason } from "../compatibility/types.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { servingSettings } from "../settings/settings.ts";
import { type Excluded, firstOfEach } from "./pools.ts";
import { quotaReasons } from "./quota.ts";
import { devicesAsked } from "./trial.ts";

/** What keeps a model off every node: what is told of each, and the quotas that would not let it in either. */
export function closedReasons(
  entry: ModelEntry,
  inventory: Inventory,
  excluded: readonly Excluded[],
): Reason[] {
  const { runtime, nodes } = inventory;
  const settings = servingSettings(entry, { runtime, gpu: undefined, contextLimit: undefined });
  const gpus = devicesAsked(entry, settings);
  const resources = new Set(nodes.flatMap(({ pools }) => pools.map(({ resource }) => resource)));
  const quotas = [...resources].flatMap((resource) => quotaReasons(resource, gpus, inventory));
  return [...excluded.map(({ reason }) => reason), ...firstOfEach(quotas, ({ text }) => text)];
}
