import { parseJson } from "../../base/json.ts";
import { type AgentStatus, statusSchema } from "../../protocol/messages.ts";
import { agentOf, EVERY } from "../../protocol/topics.ts";
import type { Delivery, Transport } from "../../runtime/ports/transport.ts";
import type { Context } from "../framework/context.ts";

export interface PresentAgent {
  id: string;
  available: boolean;
  description: string;
  capabilities: string[];
  /** 0 idle … 1 busy; undefined when it does not say. */
  load: number | undefined;
  /** ms since 1970; undefined when it does not say. */
  seenAt: number | undefined;
}

/** After this long without a further status, all that the broker keeps has come: it sends them in one go. */
const QUIET_MS = 200;

/**
 * The agents that have a status at the broker. `enough` ends the wait early, for callers that look for certain ones.
 */
export async function presentAgents(
  { clock, signal }: Context,
  transport: Transport,
  enough: (agents: ReadonlyMap<string, PresentAgent>) => boolean = () => false,
): Promise<Map<string, PresentAgent>> {
  const agents = new Map<string, PresentAgent>();
  const found = Promise.withResolvers<void>();
  let heard = 0;
  await transport.subscribe([EVERY.status], (delivery) => {
    delivery.ack();
    heard += 1;
    const id = agentOf(delivery.topic);
    const agent = readStatus(delivery);
    if (agent) agents.set(agent.id, agent);
    else if (id && delivery.payload.length === 0) agents.delete(id);
    if (enough(agents)) found.resolve();
  });
  const quiet = async () => {
    for (let before = -1; before !== heard && !signal.aborted; ) {
      before = heard;
      await clock.sleep(QUIET_MS, signal);
    }
  };
  await Promise.race([found.promise, quiet()]);
  signal.throwIfAborted();
  return agents;
}

/** The status in a message, in either of the two shapes that agents publish; undefined when it is none. */
export function readStatus({ topic, payload }: Delivery): PresentAgent | undefined {
  const parsed = statusSchema.safeParse(parseJson(Buffer.from(payload).toString()));
  const id = agentOf(topic);
  return parsed.success && id !== undefined ? presentAgent(id, parsed.data) : undefined;
}

function presentAgent(id: string, status: AgentStatus): PresentAgent {
  const seenAt = Date.parse(status.timestamp ?? status.last_updated ?? "");
  return {
    id,
    available: status.status ? status.status === "available" : status.health === "ok",
    description: status.description ?? "",
    capabilities: status.capabilities ?? [],
    load: status.load ?? undefined,
    seenAt: Number.isNaN(seenAt) ? undefined : seenAt,
  };
}
