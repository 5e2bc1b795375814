import { nestedDeeperThan, parseJson, stringField } from "../base/json.ts";
import type { Redact } from "../base/redact.ts";
import {
  envelopeSchema,
  MAX_MESSAGE_BYTES,
  MAX_PIPELINE_DEPTH,
  type NextTask,
  pipelineDepth,
  type TaskEnvelope,
} from "../protocol/envelope.ts";
import { type ErrorCode, wireMessage } from "../protocol/errors.ts";
import { errorReply } from "../protocol/messages.ts";
import { canonicalTopic, conversationTopic, isForwardable, isTopicSafe } from "../protocol/topics.ts";
import type { NewTask } from "./ports/store.ts";
import type { Delivery, Publication } from "./ports/transport.ts";

/** What becomes of a message: steps 1 to 6 of the nine (RFC §7.4, FR-014), all but the look at the journal. */
export type Admission =
  | { kind: "drop"; reason: "retained" | "wrong_topic" | "unreadable"; detail: string }
  | { kind: "task"; task: NewTask; envelope: TaskEnvelope }
  | { kind: "refuse"; task: NewTask; detail: string };

/** Larger messages are not even parsed: whoever sends them gets no answer. */
const MAX_READABLE_BYTES = 4 * 1024 * 1024;
const MAX_NESTING = 100;

/** Decides on a message for this agent. Never throws, whatever the payload is. */
export function admit(delivery: Delivery, agentId: string, now: number, redact: Redact): Admission {
  if (delivery.retained) return drop("retained", "a retained message is no task (FR-005)");
  const text = decode(delivery.payload);
  if (text === undefined)
    return drop("unreadable", `${delivery.payload.byteLength} bytes that are not UTF-8 text, or too many`);
  const raw = parseJson(text);
  if (raw === null || typeof raw !== "object" || Array.isArray(raw))
    return drop("unreadable", "not a JSON object");
  const topic = stringField(raw, "topic");
  if (topic === undefined || !sameTopic(topic, delivery.topic)) {
    return drop("wrong_topic", `the task is for ${JSON.stringify(topic ?? null)}, not for ${delivery.topic}`);
  }
  const refused = (code: ErrorCode, message: string) =>
    refuse(raw, text, agentId, now, code, wireMessage(message, redact));
  const depth = pipelineDepth(raw);
  if (depth > MAX_PIPELINE_DEPTH) {
    const shown = depth >= 1000 ? "over 1000" : depth;
    return refused(
      "pipeline_depth_exceeded",
      `the pipeline is ${shown} deep, at most ${MAX_PIPELINE_DEPTH} is allowed`,
    );
  }
  const problem = invalid(raw, delivery.payload.byteLength);
  if (problem) return refused("invalid_input", problem);
  const parsed = envelopeSchema.safeParse(raw);
  if (!parsed.success) return refused("invalid_input", explain(parsed.error.issues));
  if (!wayIsFree(parsed.data.next))
    return refused("invalid_input", "next.topic: no topic that a task can be sent to");
  // A pipeline may come back to an agent: the second visit has a shorter rest of the way, a duplicate has not.
  const key = `${parsed.data.task_id}/${depth}`;
  return { kind: "task", envelope: parsed.data, task: { key, payload: text, receivedAt: now } };
}

const drop = (reason: "retained" | "wrong_topic" | "unreadable", detail: string): Admission => ({
  kind: "drop",
  reason,
  detail,
});

/** Told on arrival, not when the work is done. */
function wayIsFree(next: NextTask | null | undefined): boolean {
  for (let hop = next; hop; hop = hop.next) if (!isForwardable(hop.topic)) return false;
  return true;
}

const sameTopic = (a: string, b: string): boolean => a === b || canonicalTopic(a) === canonicalTopic(b);

function decode(payload: Uint8Array): string | undefined {
  if (payload.byteLength > MAX_READABLE_BYTES) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return undefined;
  }
}

function invalid(raw: object, bytes: number): string | undefined {
  if (bytes > MAX_MESSAGE_BYTES)
    return `the message has ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed (NFR-003)`;
  if (nestedDeeperThan(raw, MAX_NESTING)) return `the message is nested more than ${MAX_NESTING} levels deep`;
  const conversation = stringField(raw, "conversation_id");
  if (conversation !== undefined && !isTopicSafe(conversation))
    return "conversation_id cannot be part of a topic";
  return undefined;
}

const explain = (issues: { path: PropertyKey[]; message: string }[]): string =>
  issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join(".") || "the task"}: ${message}`)
    .join("; ");

/** A task that is answered at once, with an error; one without a usable conversation_id is only logged (FR-011). */
function refuse(
  raw: object,
  text: string,
  agentId: string,
  now: number,
  code: ErrorCode,
  message: string,
): Admission {
  const conversation = stringField(raw, "conversation_id");
  if (conversation === undefined || !isTopicSafe(conversation))
    return drop("unreadable", `${code}: ${message}`);
  const taskId = readableId(stringField(raw, "task_id"));
  const answer: Publication = {
    topic: conversationTopic(conversation, agentId),
    payload: JSON.stringify(errorReply(taskId, code, message)),
    qos: 1,
  };
  // By content: the same message delivered twice is answered once, a corrected one is a task of its own.
  const key = `refused/${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`;
  return {
    kind: "refuse",
    detail: `${code}: ${message}`,
    task: { key, payload: "", receivedAt: now, done: [answer] },
  };
}

/** Receivers read a UUID here: the nil one (RFC 9562 §5.9) stands for an id that is none. */
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
const readableId = (id: string | undefined): string =>
  id !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : NIL_UUID;
