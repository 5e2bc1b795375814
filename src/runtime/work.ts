import { type Clock, MAX_TIMER_MS } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import type { Redact } from "../base/redact.ts";
import type { Logger } from "../log/logger.ts";
import { envelopeSchema, isRoutable, MAX_MESSAGE_BYTES, type TaskEnvelope } from "../protocol/envelope.ts";
import { type ErrorCode, TaskError, wireMessage } from "../protocol/errors.ts";
import { errorReply, type Reply } from "../protocol/messages.ts";
import { conversationTopic } from "../protocol/topics.ts";
import type { AgentSection, Budget, RoutingSection, RuntimeSection } from "./config.ts";
import { type ReplyDecision, replyDecisionIn } from "./decision.ts";
import { gatherDeltas } from "./deltas.ts";
import { nextHop, routedHop } from "./forward.ts";
import { type LoopResult, type Report, runLoop } from "./loop.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { Metrics } from "./ports/metrics.ts";
import { type ChatRequest, type Model, ModelError } from "./ports/model.ts";
import type { AvailableAgent, Router, RoutingDecision } from "./ports/router.ts";
import type { JournalTask } from "./ports/store.ts";
import type { Tool } from "./ports/tool.ts";
import type { Publication } from "./ports/transport.ts";
import { taskMessages } from "./prompt.ts";
import type { Pulse } from "./pulse.ts";
import type { Reporter } from "./reporter.ts";
import { route } from "./route.ts";
import { runToolCall } from "./tool-call.ts";

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
  routing?: { section: RoutingSection; router: Router; agents(): AvailableAgent[] } | undefined;
  reporter: Reporter;
  pulse: Pulse;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  log: Logger;
}

export type Outcome = "answered" | "forwarded" | "budget" | ErrorCode;

export interface Work {
  outcome: Outcome;
  publications: Publication[];
}

const DELTA_EVERY_MS = 100;

/**
 * Steps 7 to 9 of the nine (FR-014): works a task and says what is to be published. Whatever fails becomes an error
 * for the sender (FR-011); it rejects only when `signal` aborts, with its reason.
 */
export async function workTask(task: JournalTask, shop: Workshop, signal: AbortSignal): Promise<Work> {
  const envelope = envelopeSchema.safeParse(parseJson(task.payload));
  if (!envelope.success) {
    // It was read when it was accepted: the journal is damaged, or a program with other rules wrote it.
    shop.log.error({ task: task.key }, "a task in the journal cannot be read; it is given up");
    return { outcome: "internal_error", publications: [] };
  }
  const job = openJob(envelope.data, shop);
  const { log, report } = job;
  report("General", "TaskStart", "task started");
  shop.metrics.started();
  log.info({ attempt: task.attempt, waited_ms: shop.clock.now() - task.receivedAt }, "task started");
  const work = await attempt(task, job, signal);
  const seconds = (performance.now() - job.started) / 1000;
  shop.metrics.finished(work.outcome, seconds);
  shop.pulse.taskEnded(isFailure(work.outcome));
  log.info({ outcome: work.outcome, ...job.meter.usage(seconds * 1000) }, "task done");
  return work;
}

/** What the sender did wrong is no failure of the agent. */
const isFailure = (outcome: Outcome): boolean =>
  outcome === "internal_error" || outcome === "llm_error" || outcome === "tool_execution_failed";

/** One task and what goes with it while it is worked. */
interface Job {
  envelope: TaskEnvelope;
  shop: Workshop;
  tools: ReadonlyMap<string, Tool>;
  log: Logger;
  report: Report;
  meter: Meter;
  started: number;
}

const openJob = (envelope: TaskEnvelope, shop: Workshop): Job => ({
  envelope,
  shop,
  tools: new Map(shop.tools().map((tool) => [tool.name, tool])),
  log: shop.log.child({ task_id: envelope.task_id, conversation_id: envelope.conversation_id }),
  report: shop.reporter.forTask(envelope.task_id, envelope.conversation_id),
  meter: createMeter(shop.budget),
  started: performance.now(),
});

async function attempt(task: JournalTask, job: Job, signal: AbortSignal): Promise<Work> {
  const { shop, report, log } = job;
  try {
    if (task.attempt > shop.runtime.max_attempts) {
      throw new TaskError(
        "internal_error",
        `the task was started ${task.attempt - 1} times and the agent ended each time; it is given up`,
      );
    }
    const work = await answer(job, signal);
    report("General", "TaskComplete", `task ${work.outcome}`);
    return work;
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = blame(thrown);
    log.error({ error: toError(thrown), code }, "task failed");
    report("General", "TaskError", wireMessage(message, shop.redact), { code });
    const reply = errorReply(job.envelope.task_id, code, wireMessage(message, shop.redact));
    return { outcome: code, publications: [publication(job, withFacts(job, reply))] };
  }
}

/** Only what was meant for the sender is told in words; of anything else just that it happened (RULE-002). */
function blame(thrown: unknown): { code: ErrorCode; message: string } {
  if (thrown instanceof TaskError) return { code: thrown.code, message: thrown.message };
  if (thrown instanceof ModelError) return { code: "llm_error", message: thrown.message };
  return { code: "internal_error", message: "the agent failed on this task; its log says more" };
}

/** Thinking, and then finding out where the answer goes, both within the time that a task has. */
async function answer(job: Job, signal: AbortSignal): Promise<Work> {
  const limit = new AbortController();
  const limitMs = Math.min(job.shop.budget.task_timeout_secs * 1000, MAX_TIMER_MS);
  const timer = setTimeout(() => limit.abort(new Error("the task's time is up")), limitMs);
  const inTime: InTime = {
    signal: AbortSignal.any([signal, limit.signal]),
    isUp: () => limit.signal.aborted && !signal.aborted,
  };
  try {
    return await conclude(job, await think(job, inTime), inTime);
  } finally {
    clearTimeout(timer);
  }
}

interface InTime {
  /** Aborts when the task's time is up, or the agent hands it back. */
  signal: AbortSignal;
  /** It was the time. */
  isUp(): boolean;
}

async function conclude(job: Job, { text, stop, allToolsFailed }: LoopResult, inTime: InTime): Promise<Work> {
  if (stop && text.trim() === "" && allToolsFailed) {
    throw new TaskError(
      "tool_execution_failed",
      `every tool call failed, and the budget ${stop.name} (${stop.limit}) ended the task`,
    );
  }
  const { envelope, shop } = job;
  const own = replyDecisionIn(text);
  const response = shop.redact(own?.result ?? text);
  // A budget stop is the end: what is not finished is not passed on as if it were.
  if (stop)
    return {
      outcome: "budget",
      publications: [respond(job, response || noAnswer(stop.name), { budget: stop })],
    };
  const now = shop.clock.now();
  if (envelope.next)
    return forwarded(job, response, nextHop(envelope, envelope.next, response, shop.agent.id, now));
  if (!isRoutable(envelope) || !shop.routing)
    return { outcome: "answered", publications: [respond(job, response)] };
  return routed(job, response, own, inTime);
}

async function routed(
  job: Job,
  response: string,
  own: ReplyDecision | undefined,
  { signal, isUp }: InTime,
): Promise<Work> {
  const { envelope, shop, meter, log } = job;
  const { router, agents, section } = shop.routing!;
  const deps = {
    agentId: shop.agent.id,
    router,
    agents,
    maxIterations: section.max_iterations,
    meter,
    log,
    signal,
  };
  let decision: RoutingDecision;
  try {
    decision = await route(envelope, response, own, deps);
  } catch (thrown) {
    if (!isUp()) throw thrown;
    return { outcome: "budget", publications: [respond(job, response, { budget: meter.timedOut() })] };
  }
  const reasoning = shop.redact(decision.reasoning);
  if (!decision.complete) {
    const hop = routedHop(envelope, { ...decision, reasoning }, response, shop.agent.id, shop.clock.now());
    return forwarded(job, response, hop);
  }
  const workflow = { complete: true, reasoning, iterations: (envelope.context?.iteration_count ?? 0) + 1 };
  return { outcome: "answered", publications: [respond(job, response, { workflow })] };
}

const noAnswer = (budget: string): string =>
  `No answer was reached before the budget ${budget} ended the task.`;

async function think(job: Job, { signal, isUp }: InTime): Promise<LoopResult> {
  const { shop, envelope, meter, log } = job;
  const deltas = gatherDeltas(shop.clock, DELTA_EVERY_MS, (delta, restart) =>
    job.report("LLM", "Processing", "writing", { delta, ...(restart && { restart }) }),
  );
  /** The text so far comes before what else happens. */
  const report: Report = (...event) => {
    deltas.flush();
    job.report(...event);
  };
  let written = "";
  const tools = [...job.tools.values()];
  try {
    return await runLoop(
      {
        messages: taskMessages(shop.systemPrompt, envelope),
        tools,
        ...(shop.output && { output: shop.output }),
      },
      {
        model: measured(shop),
        meter,
        signal,
        report,
        callTool: (call) => callTool(call, { ...job, report }, signal),
        onDelta(piece) {
          written = piece === undefined ? "" : written + piece;
          if (envelope.stream) deltas.add(piece);
        },
      },
    );
  } catch (thrown) {
    if (!isUp()) throw thrown;
    log.warn({}, "the task's time is up");
    meter.spend(undefined); // the call that was cut off cost something, and nobody says how much
    return { text: written, stop: meter.timedOut(), allToolsFailed: false };
  } finally {
    deltas.flush();
  }
}

async function callTool(
  call: Parameters<typeof runToolCall>[0],
  { shop, tools, log, report, envelope }: Job,
  signal: AbortSignal,
) {
  const started = performance.now();
  const result = await runToolCall(
    call,
    {
      signal,
      log,
      taskId: envelope.task_id,
      conversationId: envelope.conversation_id,
      progress: (message, metadata) =>
        report("Tool", "Processing", message, { tool: call.name, ...metadata }),
    },
    { tools, timeoutMs: shop.runtime.tool_timeout_secs * 1000, redact: shop.redact },
  );
  // A name the model made up must not become a label of its own.
  const known = tools.has(call.name) ? call.name : "unknown";
  shop.metrics.toolCall(known, result.isError ? "error" : "ok", (performance.now() - started) / 1000);
  return { ...result, content: shop.redact(result.content) };
}

function measured({ model, metrics, pulse }: Workshop): Model {
  return {
    ...model,
    async chat(request, options) {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      try {
        const reply = await model.chat(request, options);
        metrics.modelCall(reply.answeredBy, "ok", seconds());
        pulse.modelAnswered();
        metrics.tokens(reply.answeredBy, reply.usage.inputTokens, reply.usage.outputTokens);
        if (reply.cost !== undefined) metrics.costUsd(reply.answeredBy, reply.cost);
        return reply;
      } catch (error) {
        metrics.modelCall(model.id, "error", seconds());
        if (error instanceof ModelError) pulse.modelFailed(error.message);
        throw error;
      }
    },
  };
}

function forwarded(job: Job, response: string, hop: Publication): Work {
  const { agent } = job.shop;
  const publications =
    agent.respond === "every_hop" ? [respond(job, response, { forwarded_to: hop.topic }), hop] : [hop];
  return { outcome: "forwarded", publications };
}

const respond = (job: Job, response: string, more: Partial<Reply> = {}): Publication =>
  publication(
    job,
    withFacts(job, { response: job.shop.redact(response), task_id: job.envelope.task_id, ...more }),
  );

/** What ours tell beyond the protocol; peers ignore it (FR-008). */
function withFacts(job: Job, reply: Reply): Reply {
  const { envelope, shop, meter, started } = job;
  return {
    ...reply,
    agent_id: shop.agent.id,
    ...(envelope.root_task_id && { root_task_id: envelope.root_task_id }),
    usage: meter.usage(performance.now() - started),
  };
}

/** NFR-003: a response that is too long for a message is cut, and says so. */
function publication({ envelope, shop }: Job, reply: Reply): Publication {
  const topic = conversationTopic(envelope.conversation_id, shop.agent.id);
  const payload = JSON.stringify(reply);
  const excess = Buffer.byteLength(payload) - MAX_MESSAGE_BYTES;
  if (excess <= 0) return { topic, payload, qos: 1 };
  const cut = cutTo(reply.response ?? "", MAX_MESSAGE_BYTES - 4096);
  return { topic, payload: JSON.stringify({ ...reply, response: cut, truncated: true }), qos: 1 };
}

/** The start of a text whose JSON form has at most `bytes` bytes. */
function cutTo(text: string, bytes: number): string {
  let end = Math.min(text.length, bytes);
  while (end > 0 && Buffer.byteLength(JSON.stringify(text.slice(0, end))) > bytes)
    end = Math.floor(end * 0.9);
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
}
