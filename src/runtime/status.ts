import { rfc3339 } from "../base/clock.ts";
import { unavailable } from "../protocol/messages.ts";
import { HEARTBEATS_TO_LIVE } from "../protocol/read-status.ts";
import { statusTopic } from "../protocol/topics.ts";
import type { AgentSection } from "./config.ts";
import type { Publication } from "./ports/transport.ts";

export interface StatusFacts {
  /** Share of the agent's concurrency in use, 0 to 1. */
  load: number;
  heartbeatSecs: number;
  now: number;
}

/** FR-002 step 7, and every heartbeat. `health`, `load` and `last_updated` are what the peer's registry reads. */
export function availableStatus(agent: AgentSection, { load, heartbeatSecs, now }: StatusFacts): Publication {
  const timestamp = rfc3339(now);
  const payload = JSON.stringify({
    agent_id: agent.id,
    status: "available",
    timestamp,
    capabilities: agent.capabilities,
    description: agent.description,
    health: "ok",
    load: Math.round(load * 100) / 100,
    last_updated: timestamp,
    heartbeat_interval_secs: heartbeatSecs,
  });
  // One that no heartbeat renews the broker forgets by itself (MQTT 5).
  const expirySeconds = Math.max(60, Math.ceil(heartbeatSecs * HEARTBEATS_TO_LIVE));
  return { topic: statusTopic(agent.id), payload, qos: 1, retain: true, expirySeconds };
}

/** FR-003, and the Last Will of FR-004. */
export const unavailableStatus = (agentId: string, now: number): Publication => ({
  topic: statusTopic(agentId),
  payload: JSON.stringify(unavailable(agentId, now)),
  qos: 1,
  retain: true,
});
