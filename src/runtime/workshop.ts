import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { AgentOptions, AgentWorld, OpenedTools } from "./agent.ts";
import { type Model, ModelError } from "./ports/model.ts";
import type { Pulse } from "./pulse.ts";
import type { Registry } from "./registry.ts";
import type { Reporter } from "./reporter.ts";
import type { Workshop } from "./work.ts";

const VERIFY_RETRY = { firstMs: 1_000, maxMs: 30_000 };
const VERIFY_TIMEOUT_MS = 10_000;

export interface WorkshopDeps {
  reporter: Reporter;
  registry: Registry;
  pulse: Pulse;
  /** Aborts when the agent is to end. */
  signal: AbortSignal;
}

/**
 * Steps 5 and 6 of the start-up sequence (FR-002): opens the tools, the model and the router, and sees that the model
 * can be reached. What it found is there to read while it is still at it.
 */
export function createWorkshop(
  options: AgentOptions,
  world: AgentWorld,
  { reporter, registry, pulse, signal }: WorkshopDeps,
) {
  let shop: Workshop | undefined;
  let tools: OpenedTools | undefined;
  let modelProblem: string | undefined = "not verified yet";

  let opening: Promise<OpenedTools> | undefined;

  const openTools = async () => {
    opening = world.openTools();
    tools = await opening;
    return tools;
  };
  const openModel = async () => {
    const model = await world.openModel();
    await verify(model, { ...world, signal, onProblem: (problem) => (modelProblem = problem) });
    return model;
  };

  return {
    async open(): Promise<void> {
      const { agent, routing } = options;
      const [model, opened, router] = await Promise.all([
        openModel(),
        openTools(),
        routing && world.openRouter?.(),
      ]);
      const agents = () => registry.available(world.clock.now()).filter(({ id }) => id !== agent.id);
      shop = {
        ...options,
        ...world,
        model,
        reporter,
        pulse,
        tools: () => opened.tools,
        routing: routing && router && { section: routing, router, agents },
      };
    },
    /** Where tasks are worked; only once it is open. */
    get(): Workshop {
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

interface VerifyDeps {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  onProblem(problem: string | undefined): void;
}

/** Tries until the model can be reached; rejects when trying again is no use. */
async function verify(model: Model, { clock, log, signal, onProblem }: VerifyDeps): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await model.verify(AbortSignal.any([signal, AbortSignal.timeout(VERIFY_TIMEOUT_MS)]));
      onProblem(undefined);
      return;
    } catch (thrown) {
      const error = toError(thrown);
      onProblem(error.message);
      // A wrong key does not mend itself; a service that is away comes back.
      if (error instanceof ModelError && (error.kind === "auth" || error.kind === "not_recorded"))
        throw error;
      log.error({ error, model: model.id }, "the model cannot be reached; trying again");
      await clock.sleep(backoffDelay(VERIFY_RETRY, attempt), signal);
    }
  }
}
