import { parseJson } from "../base/json.ts";
import { statusSchema } from "./messages.ts";
import { AGENT_ID, agentOf } from "./topics.ts";

/** An agent is taken for gone when it was silent for this many of its heartbeats. */
export const HEARTBEATS_TO_LIVE = 3;
/** The peer implementation does not say how often its agents report; this is its default. */
const DEFAULT_HEARTBEAT_SECS = 900;

/** What a status message tells of the agent whose topic it came on. Times are ms since 1970. */
export interface SeenAgent {
  id: string;
  /** It says that it takes tasks. Whether that still holds: {@link presenceAt}. */
  saysAvailable: boolean;
  description: string;
  capabilities: string[];
  /** 0 idle … 1 busy; undefined when it does not say. */
  load: number | undefined;
  /** When it was sent; undefined when it does not say. */
  seenAt: number | undefined;
  /** How often it says that it reports; undefined when it does not say. */
  heartbeatSecs: number | undefined;
  /** From then on it is taken for gone, unless it was heard of again. */
  expiresAt: number;
}

/** `silent`: it said that it takes tasks, and has missed too many heartbeats since to be believed. */
export type Presence = "available" | "silent" | "unavailable";

/**
 * Reads a message of a status topic, in either of the two shapes that agents publish; undefined when it is none, or
 * speaks for another agent. `now` bounds when it was sent: a clock that runs ahead makes no agent live longer.
 */
export function readStatus(topic: string, payload: Uint8Array, now: number): SeenAgent | undefined {
  const id = agentOf(topic);
  if (id === undefined || !AGENT_ID.test(id)) return undefined;
  const { data } = statusSchema.safeParse(parseJson(new TextDecoder().decode(payload)));
  if (!data || (data.agent_id ?? id) !== id) return undefined;
  const sent = Date.parse(data.last_updated ?? data.timestamp ?? "");
  const seenAt = Number.isNaN(sent) ? undefined : sent;
  const heartbeatSecs = data.heartbeat_interval_secs ?? undefined;
  const lifeMs = HEARTBEATS_TO_LIVE * (heartbeatSecs ?? DEFAULT_HEARTBEAT_SECS) * 1000;
  return {
    id,
    saysAvailable: data.status ? data.status === "available" : data.health?.toLowerCase() === "ok",
    description: data.description ?? "",
    capabilities: data.capabilities ?? [],
    load: data.load ?? undefined,
    seenAt,
    heartbeatSecs,
    expiresAt: Math.min(seenAt ?? now, now) + lifeMs,
  };
}

/** Whether an agent can be given tasks, as far as its last status tells. */
export function presenceAt({ saysAvailable, expiresAt }: SeenAgent, now: number): Presence {
  if (!saysAvailable) return "unavailable";
  return expiresAt <= now ? "silent" : "available";
}
