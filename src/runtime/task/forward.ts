import { rfc3339 } from "../../base/clock.ts";
import { derivedId } from "../../base/ids.ts";
import { isRoutable, MAX_MESSAGE_BYTES, type NextTask, type TaskEnvelope } from "../../protocol/envelope.ts";
import { TaskError } from "../../protocol/errors.ts";
import { canonicalTopic, inputTopic } from "../../protocol/topics.ts";
import type { RoutingDecision } from "../ports/router.ts";
import type { Publication } from "../ports/transport.ts";
import { taskText } from "./prompt.ts";

/** The envelopes that leave an agent. Pure: the same step made again gives the same message. */

/** How a step is named in the history that routers read: its instruction, cut short. */
export const stepAction = (instruction: string): string => instruction.slice(0, 200);

/** Step 8 of the nine: the rest of the pipeline, with this agent's response as its input unless it has one (FR-014). */
export function nextHop(
  envelope: TaskEnvelope,
  next: NextTask,
  response: string,
  agentId: string,
  now: number,
): Publication {
  const topic = canonicalTopic(next.topic);
  return message(topic, {
    task_id: envelope.task_id,
    conversation_id: envelope.conversation_id,
    topic,
    instruction: next.instruction ?? null,
    input: next.input ?? response,
    next: next.next ?? null,
    ...extras(envelope),
    ...(isRoutable(envelope) && {
      version: envelope.version,
      context: advance(envelope, agentId, response, now),
      routing_trace: envelope.routing_trace ?? null,
    }),
  });
}

/**
 * The next step of a routed workflow. Its task_id is new, as peers drop an id they have seen and a workflow may come
 * back to an agent; it is derived, so that a step made again after a crash is still one task.
 */
export function routedHop(
  envelope: TaskEnvelope,
  decision: Extract<RoutingDecision, { complete: false }>,
  response: string,
  agentId: string,
  now: number,
): Publication {
  const topic = inputTopic(decision.nextAgent);
  const context = advance(envelope, agentId, response, now);
  const trace = envelope.routing_trace ?? [];
  return message(topic, {
    task_id: derivedId(envelope.task_id, context.iteration_count),
    root_task_id: envelope.root_task_id ?? envelope.task_id,
    conversation_id: envelope.conversation_id,
    topic,
    instruction: decision.nextInstruction,
    input: response,
    next: null,
    version: envelope.version,
    context,
    routing_trace: [
      ...trace,
      {
        from_agent: agentId,
        to_agent: decision.nextAgent,
        reason: decision.reasoning,
        timestamp: rfc3339(now),
        step_number: trace.length + 1,
      },
    ],
    ...(envelope.stream && { stream: true }),
  });
}

/** What the workflow was asked for at first. */
export const originalQuery = (envelope: TaskEnvelope): string =>
  envelope.context?.original_query ?? taskText(envelope);

function advance(envelope: TaskEnvelope, agentId: string, response: string, now: number) {
  const { steps_completed = [], iteration_count = 0 } = envelope.context ?? {};
  const action = stepAction(envelope.instruction ?? response);
  return {
    original_query: originalQuery(envelope),
    steps_completed: [...steps_completed, { agent_id: agentId, action, timestamp: rfc3339(now) }],
    iteration_count: iteration_count + 1,
  };
}

const extras = ({ root_task_id, stream }: TaskEnvelope) => ({
  ...(root_task_id && { root_task_id }),
  ...(stream && { stream }),
});

function message(topic: string, envelope: Record<string, unknown>): Publication {
  const payload = JSON.stringify(envelope);
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new TaskError(
      "internal_error",
      `the task for the next agent has ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  return { topic, payload, qos: 1 };
}
