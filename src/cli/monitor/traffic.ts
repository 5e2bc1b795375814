import { parseJson } from "../../base/json.ts";
import { envelopeSchema } from "../../protocol/envelope.ts";
import { progressSchema, replySchema, statusSchema } from "../../protocol/messages.ts";
import { agentOf, canonicalTopic, EVERY } from "../../protocol/topics.ts";
import type { Delivery } from "../../runtime/ports/transport.ts";

export const TYPES = ["input", "status", "progress", "reply"] as const;
export type TrafficType = (typeof TYPES)[number];

export const FILTERS: Record<TrafficType, string> = {
  input: EVERY.input,
  status: EVERY.status,
  progress: EVERY.progress,
  reply: EVERY.conversations,
};

/** A message, read. */
export interface Traffic {
  /** ms since 1970 at which it came. */
  at: number;
  type: TrafficType;
  topic: string;
  agent: string;
  conversation: string | undefined;
  /** The broker kept it from earlier. */
  retained: boolean;
  /** A piece of a text that a model is writing. */
  delta: boolean;
  /** One line for people. */
  text: string;
  /** The protocol does not allow it. */
  invalid: boolean;
  /** The JSON document, or the text when it is none. */
  payload: unknown;
}

/** Reads any message of the protocol; what does not follow it is shown all the same. */
export function readTraffic(delivery: Delivery, at: number): Traffic {
  const { topic, retained } = delivery;
  const raw = Buffer.from(delivery.payload).toString();
  const payload = parseJson(raw) ?? raw;
  const type = typeOf(topic);
  const reading = READERS[type](payload);
  return {
    at,
    type,
    topic,
    agent: agentOf(topic) ?? canonicalTopic(topic).split("/").at(-1) ?? "",
    conversation: type === "reply" ? canonicalTopic(topic).split("/")[2] : reading?.conversation,
    retained,
    delta: reading?.delta ?? false,
    text: oneLine(reading?.text ?? raw),
    invalid: reading === undefined && raw !== "",
    payload,
  };
}

function typeOf(topic: string): TrafficType {
  const levels = canonicalTopic(topic).split("/");
  if (levels[1] === "conversations") return "reply";
  const kind = levels[4];
  return kind === "input" || kind === "status" ? kind : "progress";
}

interface Reading {
  text: string;
  conversation?: string | undefined;
  delta?: boolean;
}

const READERS: Record<TrafficType, (payload: unknown) => Reading | undefined> = {
  input(payload) {
    const { data } = envelopeSchema.safeParse(payload);
    if (!data) return undefined;
    const steps = [data.next && "then more agents", data.version && `v${data.version}`].filter(Boolean);
    const what = data.instruction ?? JSON.stringify(data.input ?? {});
    return {
      conversation: data.conversation_id,
      text: steps.length > 0 ? `${what}  [${steps.join(", ")}]` : what,
    };
  },
  status(payload) {
    const { data } = statusSchema.safeParse(payload);
    if (!data) return undefined;
    const load = data.load == null ? "" : `, load ${Math.round(data.load * 100)} %`;
    return { text: `${data.status ?? `health ${data.health}`}${load}` };
  },
  progress(payload) {
    const { data } = progressSchema.safeParse(payload);
    if (!data) return undefined;
    const delta = data.metadata?.["delta"];
    const isDelta = typeof delta === "string";
    return {
      conversation: data.conversation_id ?? undefined,
      text: isDelta ? JSON.stringify(delta) : `${data.event_type}: ${data.message}`,
      delta: isDelta,
    };
  },
  reply(payload) {
    const { data } = replySchema.safeParse(payload);
    if (!data) return undefined;
    if (data.error) return { text: `error ${data.error.code}: ${data.error.message}` };
    return {
      text: `${data.forwarded_to ? `[to ${agentOf(data.forwarded_to) ?? data.forwarded_to}] ` : ""}${data.response}`,
    };
  },
};

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
