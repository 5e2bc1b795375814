import { MAX_MESSAGE_BYTES } from "../../protocol/envelope.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import { errorReply, type Reply } from "../../protocol/messages.ts";
import { conversationTopic } from "../../protocol/topics.ts";
import type { Publication } from "../ports/transport.ts";
import type { Job } from "./job.ts";

/** The task's answer, for whoever sent it. */
export const responded = (job: Job, response: string, more: Partial<Reply> = {}): Publication =>
  published(job, { response: job.shop.redact(response), task_id: job.envelope.task_id, ...more });

/** That it failed. `message`: fit for the wire. */
export const failed = (job: Job, code: ErrorCode, message: string): Publication =>
  published(job, errorReply(job.envelope.task_id, code, message));

function published(job: Job, reply: Reply): Publication {
  const { envelope, shop } = job;
  const topic = conversationTopic(envelope.conversation_id, shop.agent.id);
  return { topic, payload: withinBounds(withFacts(job, reply)), qos: 1 };
}

/** What ours tell beyond the protocol; peers ignore it (FR-008). */
const withFacts = ({ envelope, shop, meter, elapsed }: Job, reply: Reply): Reply => ({
  ...reply,
  agent_id: shop.agent.id,
  ...(envelope.root_task_id && { root_task_id: envelope.root_task_id }),
  usage: meter.usage(elapsed()),
});

/** Of a reply that is cut, for all but its response. */
const FACTS_BYTES = 4096;

/** NFR-003: a response that is too long for a message is cut, and says so. */
function withinBounds(reply: Reply): string {
  const payload = JSON.stringify(reply);
  if (Buffer.byteLength(payload) <= MAX_MESSAGE_BYTES) return payload;
  const response = cutTo(reply.response ?? "", MAX_MESSAGE_BYTES - FACTS_BYTES);
  return JSON.stringify({ ...reply, response, truncated: true });
}

/** The start of a text whose JSON form has at most `bytes` bytes. */
function cutTo(text: string, bytes: number): string {
  let end = Math.min(text.length, bytes);
  while (end > 0 && Buffer.byteLength(JSON.stringify(text.slice(0, end))) > bytes)
    end = Math.floor(end * 0.9);
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
}
