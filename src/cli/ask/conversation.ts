import { race } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { type Progress, progressSchema, type Reply, replySchema } from "../../protocol/messages.ts";
import { conversationTopic, EVERY } from "../../protocol/topics.ts";
import type { Delivery, Transport } from "../../runtime/ports/transport.ts";
import type { Envelope } from "./envelope.ts";

/** A reply, and who sent it. */
export interface Answer {
  agent: string;
  reply: Reply;
}

/** Who watches a conversation. */
export interface Watch {
  progress(progress: Progress): void;
  /** An agent did its part, and passed the task on. */
  step(answer: Answer): void;
  /** Something is not as it should be, but may not matter. */
  warn(text: string): void;
}

export interface ConverseOptions {
  transport: Transport;
  envelope: Envelope;
  timeoutMs: number;
  /** What to do when no answer came in time. */
  remedy: string;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Sends the task and waits for the last reply of the conversation: an error, or a response of an agent that did not
 * pass the task on. Task ids are no help here: routers of the peer implementation mint new ones.
 */
export async function converse(options: ConverseOptions, watch: Watch): Promise<Answer> {
  const { transport, envelope, signal } = options;
  const { promise: last, resolve } = Promise.withResolvers<Answer>();
  await transport.subscribe([conversationTopic(envelope.conversation_id, "+")], (delivery) => {
    delivery.ack();
    const answer = readAnswer(delivery, watch);
    if (!answer) return;
    if (answer.reply.error || !answer.reply.forwarded_to) resolve(answer);
    else watch.step(answer);
  });
  await watchProgress(transport, envelope.conversation_id, watch);
  const sent = transport.publish({ topic: envelope.topic, payload: JSON.stringify(envelope), qos: 1 });
  const timer = new AbortController();
  try {
    return await race(Promise.race([sent.then(() => last), timedOut(options, timer.signal)]), signal);
  } finally {
    timer.abort();
  }
}

async function watchProgress(transport: Transport, conversationId: string, watch: Watch): Promise<void> {
  const granted = transport.subscribe([EVERY.progress], (delivery) => {
    delivery.ack();
    const parsed = progressSchema.safeParse(parseJson(textOf(delivery)));
    if (parsed.success && parsed.data.conversation_id === conversationId) watch.progress(parsed.data);
  });
  await granted.catch((error: Error) => watch.warn(`no progress can be shown: ${error.message}`));
}

function readAnswer(delivery: Delivery, watch: Watch): Answer | undefined {
  if (delivery.retained) return undefined;
  const agent = delivery.topic.split("/").at(-1) ?? "";
  const parsed = replySchema.safeParse(parseJson(textOf(delivery)));
  if (parsed.success) return { agent, reply: parsed.data };
  watch.warn(`${agent} sent something that is no reply`);
  return undefined;
}

async function timedOut({ clock, timeoutMs, remedy }: ConverseOptions, done: AbortSignal): Promise<never> {
  await clock.sleep(timeoutMs, done);
  throw new ExpectedError(`no answer within ${timeoutMs / 1000} s`, { hint: remedy });
}

const textOf = ({ payload }: Delivery): string => Buffer.from(payload).toString();
