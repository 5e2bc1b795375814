import { systemClock } from "../../base/clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { ClusterWorld } from "../../modelcar/cluster/types.ts";
import type { Inventory } from "../../modelcar/inventory/types.ts";
import { UNKNOWN_RUNTIME } from "../../modelcar/runtime/image.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import type { ToolSetup } from "../factory.ts";
import type { ModelCarOptions } from "./options.ts";

/**
 * The cluster of the config, as it is now, by the login that `kubectl` would use here. A model names none itself: it could
 * be any address. Rejects in words for the model.
 */
export async function clusterInventory(
  choice: NonNullable<ModelCarOptions["cluster"]>,
  { env, baseDir, fetch: given = fetch, clock = systemClock }: ToolSetup,
  runtime: RuntimeVersion,
  ctx: ToolContext,
): Promise<Inventory> {
  const [{ connect }, { inspectCluster }, { parseToleration }, { runProgram }] = await Promise.all([
    import("../../modelcar/cluster/connect.ts"),
    import("../../modelcar/cluster/inspect.ts"),
    import("../../modelcar/inventory/tolerations.ts"),
    import("../../base/run-program.ts"),
  ]);
  const { signal } = ctx;
  const world: ClusterWorld = { env, cwd: baseDir, clock, signal, runProgram, fetch: given };
  ctx.progress("look at the cluster");
  try {
    const connection = await connect(choice, world);
    const { inventory } = await inspectCluster(connection, world, {
      runtime: runtime === UNKNOWN_RUNTIME ? undefined : runtime,
      tolerations: choice.tolerations.flatMap((text) => parseToleration(text) ?? []),
    });
    return inventory;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof ExpectedError)) throw thrown;
    throw new Error([thrown.message, thrown.hint].filter(Boolean).join(". "), { cause: thrown });
  }
}
