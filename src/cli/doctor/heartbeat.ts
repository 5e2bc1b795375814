import type { LoadedConfig } from "../../config/loaded.ts";
import type { Transport } from "../../runtime/ports/transport.ts";
import { isAvailable, seenAgents } from "../client/presence.ts";
import type { Context } from "../framework/context.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

/** How long the registry of the peer implementation believes a status, whatever its sender's heartbeat. */
const PEER_MEMORY_SECS = 15;

/**
 * Whether routers will find the agent between two of its statuses. Ours go by the heartbeat that it announces; agents
 * that announce none are taken to be of the peer implementation.
 */
export async function lookAtHeartbeat(
  ctx: Pick<Context, "clock" | "signal">,
  { config: { agent, mqtt, routing } }: Pick<LoadedConfig, "config">,
  transport: Transport,
): Promise<Finding[]> {
  const seconds = mqtt.heartbeat_interval_secs;
  const sent = `sent every ${seconds} s`;
  const forgets = `routers of the peer implementation forget an agent after ${PEER_MEMORY_SECS} s`;
  try {
    const seen = await seenAgents(ctx, transport);
    const now = ctx.clock.now();
    const peers = [...seen.values()].flatMap((one) =>
      one.id !== agent.id && one.heartbeatSecs === undefined && isAvailable(one, now) ? [one.id] : [],
    );
    if (seconds <= PEER_MEMORY_SECS) return [ok("status", sent)];
    if (peers.length === 0) return [ok("status", `${sent}; ${forgets}, but none is here`)];
    return [
      warning(
        "status",
        `${sent}, but ${forgets}, and ${peers.sort().join(", ")} may be of it`,
        `To be found by them at any time: [mqtt] heartbeat_interval_secs = ${PEER_MEMORY_SECS - 5}.`,
      ),
    ];
  } catch (error) {
    ctx.signal.throwIfAborted();
    // Only who routes needs to read the statuses of others.
    return routing ? [failure("status", error)] : [ok("status", `${sent}; ${forgets}`)];
  }
}
