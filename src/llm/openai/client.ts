import type { Clock } from "../../base/clock.ts";
import type { Redact } from "../../base/redact.ts";
import type { Logger } from "../../log/logger.ts";
import type { ChatOptions, ChatReply, ChatRequest, Model } from "../../runtime/ports/model.ts";
import { costOf, type Rate } from "../pricing.ts";
import type { Quirks } from "../providers.ts";
import { deltaSink } from "../restart.ts";
import { adapt } from "./adapt.ts";
import { askStreaming, askWhole, type Listening } from "./ask.ts";
import type { Answer } from "./assemble.ts";
import type { Endpoint } from "./endpoint.ts";
import { classify, type ProviderError } from "./failure.ts";
import { type Outcome, outcomeOf, usageOf } from "./reply.ts";
import { withRetry } from "./retry.ts";
import { lazySdk } from "./sdk.ts";
import { withSilenceLimit } from "./silence.ts";
import { verifyEndpoint } from "./verify.ts";
import { type Sampling, toWire } from "./wire.ts";

export interface ClientSettings extends Sampling {
  /** Seconds the provider may be silent: until the whole answer, or between two pieces of a streamed one. */
  timeout_secs: number;
  max_retries: number;
  stream: boolean;
  /** Longest wait that a provider may ask for before a further try. */
  maxWaitMs: number;
  /** The price of a model of this endpoint, by name. */
  rateOf(model: string): Rate | undefined;
}

export interface ClientDeps {
  clock: Clock;
  log: Logger;
  redact: Redact;
}

const NO_USAGE = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** A model behind an OpenAI-compatible API. */
export function clientModel(endpoint: Endpoint, settings: ClientSettings, deps: ClientDeps): Model {
  const { id } = endpoint;
  const log = deps.log.child({ model: id });
  const asked = { id, keyEnv: endpoint.keyEnv, redact: deps.redact, now: deps.clock.now };
  const asProviderError = (thrown: unknown) => classify(thrown, asked);
  const ask = teachable(endpoint, settings, deps, asProviderError);
  let usageKnown = true;

  const replyOf = ({ answer, outcome }: Asked): ChatReply => {
    const usage = usageOf(answer);
    if (usage === undefined && usageKnown) {
      usageKnown = false;
      log.warn({}, "the provider reports no token usage: tokens count as 0 and the cost is unknown");
    }
    const cost = costOfAnswer(answer, endpoint, settings);
    return { ...outcome, usage: usage ?? NO_USAGE, cost, answeredBy: id };
  };

  return {
    id,
    verify: (signal) => verifyEndpoint(endpoint, signal, deps),
    chat: async (request, options) => {
      const answered = await withRetry(() => ask(request, options), asProviderError, {
        retries: settings.max_retries,
        maxWaitMs: settings.maxWaitMs,
        clock: deps.clock,
        signal: options.signal,
        onRetry: (error, wait_ms) =>
          log.warn({ kind: error.kind, wait_ms }, `${error.message}; trying again`),
      });
      return replyOf(answered);
    },
  };
}

interface Asked {
  answer: Answer;
  outcome: Outcome;
}

/** Asks once; and, when the refusal tells how the model wants to be asked instead, again in that way from then on. */
function teachable(
  endpoint: Endpoint,
  settings: ClientSettings,
  { clock, log }: ClientDeps,
  asProviderError: (thrown: unknown) => ProviderError,
) {
  const sdk = lazySdk(endpoint);
  const learned = new Set<string>();
  const limitMs = settings.timeout_secs * 1000;
  const askCost = endpoint.reportsCost ? { usage: { include: true } } : {};
  let quirks = endpoint.quirks;

  const send = async (request: ChatRequest, manner: Quirks, listening: Listening): Promise<Answer> => {
    const params = { ...toWire(request, endpoint.model, settings, manner), ...askCost };
    if (!settings.stream) return askWhole(await sdk(), params, listening);
    const usage = manner.streamUsage ? { stream_options: { include_usage: true } } : {};
    return askStreaming(await sdk(), { ...params, ...usage }, listening);
  };

  return async (request: ChatRequest, { signal, ...listeners }: ChatOptions): Promise<Asked> => {
    const sink = deltaSink(listeners);
    for (;;) {
      const manner = quirks;
      try {
        const answer = await withSilenceLimit(
          (inner, alive) => send(request, manner, { signal: inner, alive, onText: sink.onDelta }),
          { limitMs, clock, signal },
        );
        const outcome = outcomeOf(answer, request);
        if (answer.text === "" && outcome.text !== "") sink.onDelta(outcome.text);
        return { answer, outcome };
      } catch (thrown) {
        signal.throwIfAborted();
        sink.restart();
        const error = asProviderError(thrown);
        // Another call has learned in the meantime what this one was refused for.
        if (manner !== quirks && error.kind === "bad_request") continue;
        const lesson = adapt(quirks, error, learned);
        if (lesson === undefined) throw error;
        quirks = lesson.quirks;
        log.info({ model: endpoint.id }, `the model ${lesson.learned}: asking again`);
      }
    }
  };
}

/** The config's price and the table's come before what the provider reports; free stays free without any report. */
function costOfAnswer(answer: Answer, endpoint: Endpoint, settings: ClientSettings): number | undefined {
  const rate = settings.rateOf(endpoint.model) ?? (answer.model ? settings.rateOf(answer.model) : undefined);
  if (rate === undefined) return endpoint.reportsCost ? (answer.usage?.cost ?? undefined) : undefined;
  const usage = usageOf(answer);
  if (usage !== undefined) return costOf(rate, usage);
  return rate.input === 0 && rate.output === 0 ? 0 : undefined;
}
