import { parseJson } from "../base/json.ts";
import type { Logger } from "../log/logger.ts";
import { statusSchema } from "../protocol/messages.ts";
import { AGENT_ID, agentOf } from "../protocol/topics.ts";
import type { AvailableAgent } from "./ports/router.ts";

/** An agent is taken for gone when it was silent for this many of its heartbeats. */
const MISSED_HEARTBEATS = 3;
/** The peer implementation does not say how often its agents report; this is its default. */
const DEFAULT_HEARTBEAT_SECS = 900;
const MAX_AGENTS = 10_000;

interface Entry extends AvailableAgent {
  expiresAt: number;
}

/** Who is available, from retained status messages. */
export function createRegistry(log: Logger) {
  const agents = new Map<string, Entry>();
  return {
    /** Takes in one message of a status topic; anything that is none is ignored. */
    observe(topic: string, payload: Uint8Array, now: number): void {
      const id = agentOf(topic);
      if (id === undefined || !AGENT_ID.test(id)) return;
      const parsed = statusSchema.safeParse(parseJson(new TextDecoder().decode(payload)));
      if (!parsed.success || (parsed.data.agent_id ?? id) !== id) {
        if (payload.byteLength > 0) log.debug({ topic }, "not a status message");
        agents.delete(id);
        return;
      }
      const status = parsed.data;
      const seen = Date.parse(status.last_updated ?? status.timestamp ?? "") || now;
      const heartbeat = status.heartbeat_interval_secs ?? DEFAULT_HEARTBEAT_SECS;
      const gone =
        status.status === "unavailable" || (status.status == null && status.health?.toLowerCase() !== "ok");
      agents.delete(id);
      if (gone || agents.size >= MAX_AGENTS) return;
      agents.set(id, {
        id,
        description: status.description ?? "",
        capabilities: status.capabilities ?? [],
        ...(status.load != null && { load: status.load }),
        expiresAt: Math.min(seen, now) + MISSED_HEARTBEATS * heartbeat * 1000,
      });
    },
    available(now: number): AvailableAgent[] {
      for (const [id, { expiresAt }] of agents) if (expiresAt <= now) agents.delete(id);
      return [...agents.values()].map(({ expiresAt: _, ...agent }) => agent);
    },
  };
}

export type Registry = ReturnType<typeof createRegistry>;
