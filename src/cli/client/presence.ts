import { presenceAt, readStatus, type SeenAgent } from "../../protocol/read-status.ts";
import { agentOf, EVERY } from "../../protocol/topics.ts";
import type { Transport } from "../../runtime/ports/transport.ts";
import type { Context } from "../framework/context.ts";

/** The agents that have a status at the broker, by id. */
export type SeenAgents = ReadonlyMap<string, SeenAgent>;

/** After this long without a further status, all that the broker keeps has come: it sends them in one go. */
const QUIET_MS = 200;

/** Reads the status of every agent; as soon as all of `wanted` are available, it waits for no more. */
export async function seenAgents(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  transport: Transport,
  wanted: readonly string[] = [],
): Promise<SeenAgents> {
  const agents = new Map<string, SeenAgent>();
  const found = Promise.withResolvers<void>();
  let heard = 0;
  await transport.subscribe([EVERY.status], (delivery) => {
    delivery.ack();
    heard += 1;
    const { topic, payload } = delivery;
    const now = clock.now();
    const agent = readStatus(topic, payload, now);
    if (agent) agents.set(agent.id, agent);
    else agents.delete(agentOf(topic) ?? "");
    if (wanted.length > 0 && wanted.every((id) => isAvailable(agents.get(id), now))) found.resolve();
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

export const isAvailable = (agent: SeenAgent | undefined, now: number): agent is SeenAgent =>
  agent !== undefined && presenceAt(agent, now) === "available";
