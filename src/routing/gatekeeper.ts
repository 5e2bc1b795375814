import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Router, RoutingQuestion } from "../runtime/ports/router.ts";
import { decisionIn } from "./decision.ts";

export interface GatekeeperOptions {
  url: string;
  timeoutMs: number;
  /** Further requests after one that failed in a way that may pass. */
  retries: number;
  token?: string | undefined;
  clock: Clock;
}

const RETRY = { firstMs: 200, maxMs: 5_000 };
const MAX_ANSWER_BYTES = 64 * 1024;

/** strategy = "gatekeeper": a service decides. It gets the workflow by POST, its answer has the shape of a decision. */
export function gatekeeperRouter(options: GatekeeperOptions): Router {
  return {
    async decide(question, signal) {
      for (let attempt = 0; ; attempt++) {
        try {
          return { decision: await ask(question, options, signal) };
        } catch (thrown) {
          signal.throwIfAborted();
          if (attempt >= options.retries || thrown instanceof Refused) throw toError(thrown);
          await options.clock.sleep(backoffDelay(RETRY, attempt), signal);
        }
      }
    },
  };
}

/** The service understood and said no: asking again changes nothing. */
class Refused extends Error {}

async function ask(
  question: RoutingQuestion,
  { url, timeoutMs, token }: GatekeeperOptions,
  signal: AbortSignal,
) {
  const response = await fetch(url, {
    method: "POST",
    redirect: "error",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body(question)),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status >= 400 && response.status < 500 && response.status !== 429 && response.status !== 408) {
    throw new Refused(`the gatekeeper answered ${response.status}`);
  }
  if (!response.ok) throw new Error(`the gatekeeper answered ${response.status}`);
  const text = await response.text();
  if (text.length > MAX_ANSWER_BYTES) throw new Refused("the gatekeeper's answer is too long");
  return decisionIn(text, "the gatekeeper");
}

const body = (question: RoutingQuestion) => ({
  original_query: question.originalQuery,
  workflow_history: question.steps,
  current_output: question.currentOutput,
  available_agents: question.agents.map(({ id, description, capabilities, load }) => ({
    agent_id: id,
    description,
    capabilities,
    ...(load !== undefined && { load }),
  })),
  iteration_count: question.iteration,
});
