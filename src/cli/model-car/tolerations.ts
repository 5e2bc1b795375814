import { UsageError } from "../../base/errors.ts";
import { parseToleration } from "../../modelcar/inventory/tolerations.ts";
import type { Toleration } from "../../modelcar/inventory/types.ts";

/** What `--toleration` says, each time it is given. @throws UsageError */
export const tolerationsOf = (given: readonly string[]): Toleration[] =>
  given.map((text) => {
    const toleration = parseToleration(text);
    if (toleration !== undefined) return toleration;
    throw new UsageError(`--toleration: "${text}" is no taint`, {
      hint: "Write KEY, KEY=VALUE, KEY:EFFECT or KEY=VALUE:EFFECT, as nvidia.com/gpu=true:NoSchedule.",
    });
  });
