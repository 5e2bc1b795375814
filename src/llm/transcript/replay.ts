import type { Redact } from "../../base/redact.ts";
import { type ChatReply, type ChatRequest, type Model, ModelError } from "../../runtime/ports/model.ts";
import { REPLAY } from "../providers.ts";
import { type CanonicalRequest, canonical, type ModelSettings, requestKey } from "./canonical.ts";
import { nearestRequest } from "./difference.ts";
import type { Exchange } from "./transcript.ts";

export interface ReplayInput {
  exchanges: readonly Exchange[];
  /** Name of the transcript, for messages that go out: no path. */
  name: string;
  settings: ModelSettings;
  redact: Redact;
}

const MAX_KNOWN = 64;

interface Queue {
  exchanges: Exchange[];
  next: number;
}

/**
 * A model that answers from a transcript, and only from it. The same request asked again gets the next of its recorded
 * replies; after the last one they begin anew. Usage and cost are as recorded, so that budgets act as they did.
 */
export function replayModel({ exchanges, name, settings, redact }: ReplayInput): Model {
  const queues = new Map<string, Queue>();
  for (const exchange of exchanges) {
    const key = requestKey(exchange.request);
    const queue = queues.get(key) ?? { exchanges: [], next: 0 };
    queue.exchanges.push(exchange);
    queues.set(key, queue);
  }
  const id = `${REPLAY}/${settings.model}`;
  /** Requests that were looked up before, as they came: making one canonical costs far more than the answer. */
  const known = new Map<string, Queue>();

  const find = (request: ChatRequest): Queue => {
    const text = JSON.stringify(request);
    const before = known.get(text);
    if (before) return before;
    const asked = canonical(request, settings, redact);
    const queue = queues.get(requestKey(asked));
    if (queue === undefined) throw notRecorded(asked, exchanges, name);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, queue);
    return queue;
  };

  return {
    id,
    verify: async (signal) => signal.throwIfAborted(),
    async chat(request, { signal, onDelta }) {
      signal.throwIfAborted();
      const queue = find(request);
      const exchange = queue.exchanges[queue.next]!;
      queue.next = (queue.next + 1) % queue.exchanges.length;
      for (const delta of exchange.deltas ?? [exchange.reply.text]) {
        if (delta !== "") onDelta?.(delta);
        // As between the pieces of a stream, others get their turn.
        await Promise.resolve();
        signal.throwIfAborted();
      }
      return replyOf(exchange, id);
    },
  };
}

function replyOf({ reply }: Exchange, id: string): ChatReply {
  const { text, toolCalls, usage, cost, truncated } = reply;
  return {
    text,
    toolCalls: structuredClone(toolCalls),
    usage: { ...usage },
    cost,
    truncated,
    answeredBy: id,
  };
}

function notRecorded(asked: CanonicalRequest, exchanges: readonly Exchange[], name: string): ModelError {
  const difference = nearestRequest(
    exchanges.map(({ request }) => request),
    asked,
  );
  const nearest =
    difference === undefined
      ? "nothing is recorded in it"
      : `the nearest recorded request differs in ${difference.path}: recorded ${difference.recorded}, asked ${difference.asked}`;
  const remedy = `Record it with a real provider: run --record ${name}`;
  const count = asked.messages.length;
  return new ModelError(
    "not_recorded",
    `${name} has no answer to this request (${count} ${count === 1 ? "message" : "messages"}); ${nearest}. ${remedy}.`,
  );
}
