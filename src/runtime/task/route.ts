import type { Logger } from "../../log/logger.ts";
import type { TaskEnvelope } from "../../protocol/envelope.ts";
import type { AvailableAgent, Router, RoutingDecision } from "../ports/router.ts";
import { originalQuery, stepAction } from "./forward.ts";
import type { Meter } from "./meter.ts";
import type { ReplyDecision } from "./reply-decision.ts";

/** What routing is held to. */
export interface RoutingOptions {
  /** Steps after which a workflow is completed with what there is. */
  maxIterations: number;
}

export interface RouteDeps extends RoutingOptions {
  agentId: string;
  router: Router;
  /** Agents that are there now. */
  agents(): AvailableAgent[];
  meter: Meter;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Decides where a v2 task goes after this agent: the agent's own word if its reply has one, else the router's. Whatever
 * stands in the way (no decision, an unknown agent, going in circles, too many steps) completes the workflow with what
 * there is: the work done so far is never lost. Rejects only for an aborted signal.
 */
export async function route(
  envelope: TaskEnvelope,
  output: string,
  own: ReplyDecision | undefined,
  deps: RouteDeps,
): Promise<RoutingDecision> {
  const iteration = (envelope.context?.iteration_count ?? 0) + 1;
  if (iteration >= deps.maxIterations) return complete(`the limit of ${deps.maxIterations} steps is reached`);
  const agents = deps.agents();
  const decision = fromReply(own) ?? (await ask(envelope, output, iteration, agents, deps));
  if (decision.complete) return decision;
  if (decision.nextAgent !== deps.agentId && !agents.some((agent) => agent.id === decision.nextAgent)) {
    return complete(`"${decision.nextAgent}" was to go on, but no such agent is available`);
  }
  if (repeats(envelope, decision, deps.agentId)) {
    return complete(`"${decision.nextAgent}" was to do the same step again: the workflow goes in circles`);
  }
  return decision;
}

const complete = (reasoning: string): RoutingDecision => ({ complete: true, reasoning });

function fromReply(own: ReplyDecision | undefined): RoutingDecision | undefined {
  if (own?.complete === true) return complete("the agent says that the workflow is complete");
  if (!own?.nextAgent) return undefined;
  return {
    complete: false,
    reasoning: "the agent's own decision",
    nextAgent: own.nextAgent,
    nextInstruction: own.nextInstruction ?? "Continue the work.",
  };
}

async function ask(
  envelope: TaskEnvelope,
  output: string,
  iteration: number,
  agents: AvailableAgent[],
  deps: RouteDeps,
): Promise<RoutingDecision> {
  try {
    const { decision, spent } = await deps.router.decide(
      {
        originalQuery: originalQuery(envelope),
        steps: envelope.context?.steps_completed ?? [],
        currentAgent: deps.agentId,
        currentOutput: output,
        agents,
        iteration,
      },
      deps.signal,
    );
    if (spent) deps.meter.modelCall(spent);
    return decision;
  } catch (error) {
    deps.signal.throwIfAborted();
    deps.log.warn(
      { error },
      "no routing decision could be had; the workflow is completed with what there is",
    );
    return complete("no routing decision could be had");
  }
}

/** Once more round is a revision, the same step a third time is a circle. */
const MAX_REPEATS = 2;

function repeats(
  envelope: TaskEnvelope,
  next: { nextAgent: string; nextInstruction: string },
  agentId: string,
): boolean {
  const done = [
    ...(envelope.context?.steps_completed ?? []),
    { agent_id: agentId, action: stepAction(envelope.instruction ?? "") },
  ];
  const action = stepAction(next.nextInstruction);
  return (
    done.filter((step) => step.agent_id === next.nextAgent && step.action === action).length >= MAX_REPEATS
  );
}
