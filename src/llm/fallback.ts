import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { ChatOptions, ChatReply, ChatRequest, Model } from "../runtime/ports/model.ts";
import { ModelError } from "../runtime/ports/model.ts";
import { ProviderError } from "./openai/failure.ts";
import { deltaSink } from "./restart.ts";

/** A key that was refused will hardly be taken a moment later: for so long the model is asked last. */
const AUTH_PAUSE_MS = 5 * 60_000;
/** Nobody is left out for longer than this, whatever was asked for. */
const MAX_PAUSE_MS = 10 * 60_000;

export interface FallbackDeps {
  clock: Clock;
  log: Logger;
}

/**
 * Several models as one: each is asked in order until one answers. Every failure but an abort moves on, a refused
 * request too, since another model may take it. A model that refused the key, or asked to be left alone, is put at
 * the end of the order for a while, so that not every call pays for the way around it.
 */
export function fallbackModel(models: readonly [Model, ...Model[]], deps: FallbackDeps): Model {
  const [first] = models;
  if (models.length === 1) return first;
  const pausedUntil = new Map<Model, number>();

  const inOrder = (): Model[] => {
    const isPaused = (model: Model) => (pausedUntil.get(model) ?? 0) > deps.clock.now();
    return [...models.filter((model) => !isPaused(model)), ...models.filter(isPaused)];
  };

  const chat = async (request: ChatRequest, { signal, ...listeners }: ChatOptions): Promise<ChatReply> => {
    const sink = deltaSink(listeners);
    const failures: Error[] = [];
    for (const model of inOrder()) {
      try {
        const reply = await model.chat(request, { signal, onDelta: sink.onDelta, onRestart: sink.restart });
        pausedUntil.delete(model);
        return reply;
      } catch (thrown) {
        signal.throwIfAborted();
        sink.restart();
        failures.push(toError(thrown));
        const pause = pauseAfter(thrown);
        if (pause > 0) pausedUntil.set(model, deps.clock.now() + pause);
        deps.log.warn(
          { model: model.id, pause_ms: pause },
          `${toError(thrown).message}; asking the next model`,
        );
      }
    }
    throw together(failures);
  };

  return { id: first.id, chat, verify: (signal) => verifyAny(models, signal, deps.log) };
}

function pauseAfter(thrown: unknown): number {
  if (!(thrown instanceof ProviderError)) return 0;
  if (thrown.kind === "auth") return AUTH_PAUSE_MS;
  return Math.min(thrown.prospects.retryAfterMs ?? 0, MAX_PAUSE_MS);
}

/** One error for all: of the first one's kind, telling what each of them said. */
function together(failures: Error[]): Error {
  const [first] = failures;
  const message = `no model could answer: ${failures.map((failure) => failure.message).join("; ")}`;
  const kind = first instanceof ModelError ? first.kind : "bad_response";
  return new ModelError(kind, message, { cause: new AggregateError(failures, message) });
}

/** All at once; one that is there is enough, and the others are told of. */
async function verifyAny(models: readonly Model[], signal: AbortSignal, log: Logger): Promise<void> {
  const results = await Promise.allSettled(models.map((model) => model.verify(signal)));
  signal.throwIfAborted();
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [toError(result.reason)] : [],
  );
  if (failures.length === models.length) throw together(failures);
  for (const failure of failures) log.warn({}, `${failure.message}; another model stands in for it`);
}
