import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExpectedError, UsageError } from "../../base/errors.ts";
import type { DeployRequest } from "../../models/pipeline/types.ts";
import { type Client, withClient } from "../client/connect.ts";
import { isAvailable, seenAgents } from "../client/presence.ts";
import type { Context } from "../framework/context.ts";
import type { OptionValues } from "../framework/option-spec.ts";
import { type deviceOptions, tensorrtGiven } from "./device-options.ts";
import { localAddress, parseServeAt } from "./serve-address.ts";

type Options = OptionValues<typeof deviceOptions>;

/** Runs `use` with the request as the options want it: with a worker's target, or that of a bundle. */
export async function onDevice<T>(
  ctx: Context,
  request: DeployRequest,
  given: Options,
  use: (request: DeployRequest) => Promise<T>,
): Promise<T> {
  const { workspace, bundle, worker } = given;
  const tensorrt = { workspaceMiB: workspace, dlaCore: given["dla-core"], level: given["build-level"] };
  const told = { ...request, tensorrt };
  const version = tensorrtGiven(given.tensorrt, request.target);
  if (version !== undefined && !bundle)
    throw new UsageError("--tensorrt goes with --bundle: a device in reach is asked for its version");
  if (!bundle) return worker === undefined ? use(told) : withWorker(ctx, told, worker, given, use);
  if (worker !== undefined)
    throw new UsageError("--bundle is for devices out of reach, --worker for one in reach");
  if (request.target.name !== "jetson") throw new UsageError("--bundle goes with --target jetson");
  if (request.validation === undefined)
    throw new UsageError(
      "--bundle needs --test-data: it takes the inputs along, and what the float model gives",
    );
  const { bundleTarget } = await import("../../models/bundle/target.ts");
  return use({ ...told, target: bundleTarget(request.target, version), bundle: true });
}

/** All that a worker sends: engines, and what samples gave. */
const MAX_UPLOAD_BYTES = 64 * 2 ** 30;

async function withWorker<T>(
  ctx: Context,
  request: DeployRequest,
  agent: string,
  given: Options,
  use: (request: DeployRequest) => Promise<T>,
): Promise<T> {
  const [{ serveArtefacts }, { openWorkerLink }, { remoteTarget }] = await Promise.all([
    import("../../models/artefacts/server.ts"),
    import("../../models/worker/link.ts"),
    import("../../models/worker/remote-target.ts"),
  ]);
  const servedAt = given["serve-at"] === undefined ? undefined : parseServeAt(given["serve-at"]);
  return withClient(ctx, given.broker, async (client) => {
    await checkWorker(ctx, client, agent);
    const { transport } = client;
    const folder = await mkdtemp(join(tmpdir(), "agent2389-artefacts-"));
    const at = servedAt ?? (await towards(client.url));
    try {
      const artefacts = await serveArtefacts({
        host: at.listen,
        port: at.port,
        publicHost: at.host,
        folder,
        maxUploadBytes: MAX_UPLOAD_BYTES,
      });
      try {
        const silenceMs = given["worker-timeout"] * 1000;
        const { clock, signal } = ctx;
        const link = await openWorkerLink({ transport, agent, artefacts, clock, signal, silenceMs });
        return await use({ ...request, target: remoteTarget(request.target, link, artefacts) });
      } catch (thrown) {
        // Whoever stops this wants the device to stop, too; a worker that has fallen silent may go on by itself.
        if (ctx.signal.aborted) await artefacts.cancel();
        throw thrown;
      } finally {
        await artefacts.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** This machine's address on the way to the broker: a worker that has the same broker most likely reaches it, too. */
async function towards(broker: string) {
  const host = await localAddress(new URL(broker).hostname.replace(/^\[|\]$/g, ""));
  return { host, listen: host, port: 0 };
}

async function checkWorker(ctx: Context, { transport, url }: Client, agent: string): Promise<void> {
  const seen = await seenAgents(ctx, transport, [agent]);
  const now = ctx.clock.now();
  if (isAvailable(seen.get(agent), now)) return;
  const there = [...seen.values()].flatMap((one) => (isAvailable(one, now) ? [one.id] : [])).sort();
  throw new ExpectedError(`the worker "${agent}" is not available`, {
    where: url,
    hint: `Start it on the device: WORKER_ID=${agent} agent2389 run tensorrt-worker --broker URL. ${there.length === 0 ? "No agent is available there." : `Available: ${there.join(", ")}.`}`,
  });
}
