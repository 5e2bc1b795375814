import type { Clock } from "../../base/clock.ts";
import type { Redact } from "../../base/redact.ts";
import type { Logger } from "../../log/logger.ts";
import type { TaskEnvelope } from "../../protocol/envelope.ts";
import type { AgentSection, Budget, RuntimeSection } from "../config.ts";
import type { Metrics, Outcome } from "../ports/metrics.ts";
import type { ChatRequest, Model } from "../ports/model.ts";
import type { Tool } from "../ports/tool.ts";
import type { Publication } from "../ports/transport.ts";
import type { Pulse } from "../pulse.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { Reporter, ReportProgress } from "./reporter.ts";
import type { RouteDeps } from "./route.ts";

/** Everything that working a task needs, and nothing that says where tasks come from or go. */
export interface Workshop {
  agent: AgentSection;
  systemPrompt: string;
  budget: Budget;
  runtime: RuntimeSection;
  output?: ChatRequest["output"] | undefined;
  model: Model;
  /** As they are now: a tool server may add and remove some between two tasks. */
  tools(): Tool[];
  routing?: Pick<RouteDeps, "router" | "agents" | "maxIterations"> | undefined;
  reporter: Reporter;
  pulse: Pulse;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  log: Logger;
}

/** One task and what goes with it while it is worked. */
export interface Job {
  envelope: TaskEnvelope;
  shop: Workshop;
  /** The one that everything about the task heeds: aborts when its time is up, or when it is handed back. */
  abort: AbortController;
  tools: ReadonlyMap<string, Tool>;
  log: Logger;
  report: ReportProgress;
  meter: Meter;
  /** Milliseconds since it was begun. */
  elapsed(): number;
}

/** What became of a task. */
export interface Work {
  outcome: Outcome;
  publications: Publication[];
}

export function openJob(envelope: TaskEnvelope, shop: Workshop, abort: AbortController): Job {
  const { task_id, conversation_id } = envelope;
  const started = shop.clock.monotonic();
  return {
    envelope,
    shop,
    abort,
    tools: new Map(shop.tools().map((tool) => [tool.name, tool])),
    log: shop.log.child({ task_id, conversation_id }),
    report: shop.reporter.forTask(task_id, conversation_id),
    meter: createMeter(shop.budget),
    elapsed: () => shop.clock.monotonic() - started,
  };
}

/** The task's time is up: it ends with what there is. */
class TimeUp extends Error {}

/** Runs something within the time that the task has. */
export async function inTime<T>({ shop, abort }: Job, run: () => Promise<T>): Promise<T> {
  const stop = () => abort.abort(new TimeUp("the task's time is up"));
  const cancel = shop.clock.after(shop.budget.task_timeout_secs * 1000, stop);
  try {
    return await run();
  } finally {
    cancel();
  }
}

export const isTimeUp = ({ abort }: Job): boolean => abort.signal.reason instanceof TimeUp;
