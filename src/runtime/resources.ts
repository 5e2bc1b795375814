import type { Backoff } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { persist } from "./persist.ts";
import { type Model, ModelError } from "./ports/model.ts";
import type { Pulse } from "./pulse.ts";
import type { Registry } from "./registry.ts";
import type { Workshop } from "./task/job.ts";
import { measuredModel } from "./task/measured-model.ts";
import type { Reporter } from "./task/reporter.ts";
import type { AgentOptions, AgentWorld, OpenedTools } from "./world.ts";

export interface ResourcesDeps {
  reporter: Reporter;
  registry: Registry;
  pulse: Pulse;
  /** Aborts when the agent is to end. */
  signal: AbortSignal;
}

/**
 * What an agent works with: its tools, model and router. `open` is steps 5 and 6 of the start-up sequence (FR-002); what
 * it has found is there to read while it is still at it.
 */
export function createResources(
  options: AgentOptions,
  world: AgentWorld,
  { reporter, registry, pulse, signal }: ResourcesDeps,
) {
  const { agent, routing } = options;
  let shop: Workshop | undefined;
  let tools: OpenedTools | undefined;
  let opening: Promise<OpenedTools> | undefined;
  let modelProblem: string | undefined = "not verified yet";

  const openTools = async () => {
    opening = world.openTools();
    tools = await opening;
    return tools;
  };
  const openModel = async () => {
    const model = await world.openModel();
    const onProblem = (problem: string | undefined) => {
      modelProblem = problem;
    };
    await verify(model, { ...world, signal, onProblem });
    return measuredModel({ ...world, model, pulse });
  };
  const agents = () => registry.available(world.clock.now()).filter(({ id }) => id !== agent.id);

  return {
    async open(): Promise<void> {
      const [model, opened, router] = await Promise.all([
        openModel(),
        openTools(),
        routing && world.openRouter?.(),
      ]);
      const way = routing && router && { ...routing, router, agents };
      shop = { ...options, ...world, model, reporter, pulse, tools: () => opened.tools, routing: way };
    },
    /** Where tasks are worked; only once it is open. */
    workshop(): Workshop {
      if (!shop) throw new Error("a task was to be worked before the agent was ready");
      return shop;
    },
    tools: () => tools,
    modelProblem: () => modelProblem,
    /** Closes the tools, those that are just being opened too. */
    async close(): Promise<void> {
      const opened = await opening?.catch(() => undefined); // whoever opened them is told why they did not
      await opened?.close();
    },
  };
}

const BACKOFF: Backoff = { firstMs: 1_000, maxMs: 30_000 };
const VERIFY_TIMEOUT_MS = 10_000;

interface VerifyDeps extends Pick<AgentWorld, "clock" | "log"> {
  signal: AbortSignal;
  onProblem(problem: string | undefined): void;
}

/** Tries until the model can be reached; rejects when trying again is no use. */
async function verify(model: Model, { clock, log, signal, onProblem }: VerifyDeps): Promise<void> {
  const onFailure = (error: Error) => {
    onProblem(error.message);
    // A wrong key does not mend itself; a service that is away comes back.
    if (error instanceof ModelError && (error.kind === "auth" || error.kind === "not_recorded")) throw error;
    log.error({ error, model: model.id }, "the model cannot be reached; trying again");
  };
  const attempt = async () => {
    await verifyInTime(model, clock, signal);
    onProblem(undefined);
  };
  await persist(attempt, { clock, backoff: BACKOFF, signal, onFailure });
}

async function verifyInTime(model: Model, clock: Clock, signal: AbortSignal): Promise<void> {
  const limit = new AbortController();
  const giveUp = () => limit.abort(new Error(`no answer within ${VERIFY_TIMEOUT_MS / 1000} s`));
  const cancel = clock.after(VERIFY_TIMEOUT_MS, giveUp);
  try {
    await model.verify(AbortSignal.any([signal, limit.signal]));
  } finally {
    cancel();
  }
}
