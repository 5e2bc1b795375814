import type { Logger } from "../log/logger.ts";
import { presenceAt, readStatus, type SeenAgent } from "../protocol/read-status.ts";
import { agentOf } from "../protocol/topics.ts";
import type { AvailableAgent } from "./ports/router.ts";

const MAX_AGENTS = 10_000;

/** Who is available, from retained status messages. */
export function createRegistry(log: Logger) {
  const agents = new Map<string, SeenAgent>();
  return {
    /** Takes in one message of a status topic. One that is no status takes the agent off: it stands in place of its last. */
    observe(topic: string, payload: Uint8Array, now: number): void {
      const agent = readStatus(topic, payload, now);
      if (!agent && payload.byteLength > 0) log.debug({ topic }, "not a status message");
      const id = agentOf(topic);
      if (id === undefined) return;
      agents.delete(id);
      if (agent?.saysAvailable && agents.size < MAX_AGENTS) agents.set(id, agent);
    },
    available(now: number): AvailableAgent[] {
      for (const [id, agent] of agents) if (presenceAt(agent, now) !== "available") agents.delete(id);
      return [...agents.values()].map(({ id, description, capabilities, load }) => ({
        id,
        description,
        capabilities,
        ...(load !== undefined && { load }),
      }));
    },
  };
}

export type Registry = ReturnType<typeof createRegistry>;
