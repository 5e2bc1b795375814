import { isRoutable } from "../../protocol/envelope.ts";
import { TaskError } from "../../protocol/errors.ts";
import type { BudgetStop } from "../../protocol/messages.ts";
import type { RoutingDecision } from "../ports/router.ts";
import type { Publication } from "../ports/transport.ts";
import { nextHop, routedHop } from "./forward.ts";
import { isTimeUp, type Job, type Work } from "./job.ts";
import { responded } from "./replies.ts";
import { type ReplyDecision, replyDecisionIn } from "./reply-decision.ts";
import { route } from "./route.ts";
import { think } from "./think.ts";

/** Thinks, and finds out where the answer goes: to the sender, down the pipeline, or on in a routed workflow. */
export async function answer(job: Job): Promise<Work> {
  const { text, stop, allToolsFailed } = await think(job);
  if (stop && text.trim() === "" && allToolsFailed) throw nothingWorked(stop);
  const { envelope, shop } = job;
  const own = replyDecisionIn(text);
  const response = shop.redact(own?.result ?? text);
  // A budget stop is the end: what is not finished is not passed on as if it were.
  if (stop) return spent(job, response || noAnswer(stop), stop);
  if (envelope.next) {
    const hop = nextHop(envelope, envelope.next, response, shop.agent.id, shop.clock.now());
    return forwarded(job, response, hop);
  }
  if (isRoutable(envelope) && shop.routing) return routed(job, shop.routing, response, own);
  return { outcome: "answered", publications: [responded(job, response)] };
}

const nothingWorked = ({ name, limit }: BudgetStop): TaskError =>
  new TaskError(
    "tool_execution_failed",
    `every tool call failed, and the budget ${name} (${limit}) ended the task`,
  );

const noAnswer = ({ name }: BudgetStop): string =>
  `No answer was reached before the budget ${name} ended the task.`;

const spent = (job: Job, response: string, budget: BudgetStop): Work => ({
  outcome: "budget",
  publications: [responded(job, response, { budget })],
});

function forwarded(job: Job, response: string, hop: Publication): Work {
  const told = job.shop.agent.respond === "every_hop";
  const publications = told ? [responded(job, response, { forwarded_to: hop.topic }), hop] : [hop];
  return { outcome: "forwarded", publications };
}

type Routing = NonNullable<Job["shop"]["routing"]>;

async function routed(
  job: Job,
  routing: Routing,
  response: string,
  own: ReplyDecision | undefined,
): Promise<Work> {
  const { envelope, shop, meter } = job;
  const decision = await decided(job, routing, response, own);
  if (!decision) return spent(job, response, meter.timedOut());
  const reasoning = shop.redact(decision.reasoning);
  if (!decision.complete) {
    const hop = routedHop(envelope, { ...decision, reasoning }, response, shop.agent.id, shop.clock.now());
    return forwarded(job, response, hop);
  }
  const workflow = { complete: true, reasoning, iterations: (envelope.context?.iteration_count ?? 0) + 1 };
  return { outcome: "answered", publications: [responded(job, response, { workflow })] };
}

/** Undefined when the task's time was up before there was a decision. */
async function decided(
  job: Job,
  routing: Routing,
  response: string,
  own: ReplyDecision | undefined,
): Promise<RoutingDecision | undefined> {
  const { envelope, shop, meter, log, abort } = job;
  try {
    const deps = { ...routing, agentId: shop.agent.id, meter, log, signal: abort.signal };
    return await route(envelope, response, own, deps);
  } catch (thrown) {
    if (!isTimeUp(job)) throw thrown;
    return undefined;
  }
}
