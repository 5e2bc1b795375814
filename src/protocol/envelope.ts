import { z } from "zod";

/** Task envelopes (RFC §6.1): wire schemas, no I/O. Unknown fields are ignored (FR-008). */

/** FR-013: pipelines are at most this deep. */
export const MAX_PIPELINE_DEPTH = 16;
/** NFR-003: messages are at most this many bytes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

const instruction = z.string().nullish();

export interface NextTask {
  topic: string;
  instruction?: string | null | undefined;
  /** What the next agent gets instead of this agent's response; null or absent: the response. */
  input?: unknown;
  next?: NextTask | null | undefined;
}

export const nextTaskSchema: z.ZodType<NextTask> = z.lazy(() =>
  z.object({
    topic: z.string().min(1),
    instruction,
    input: z.unknown().optional(),
    next: nextTaskSchema.nullish(),
  }),
);

const step = z.object({ agent_id: z.string(), action: z.string(), timestamp: z.string() });
const trace = z.object({
  from_agent: z.string(),
  to_agent: z.string(),
  reason: z.string(),
  timestamp: z.string(),
  step_number: z.number(),
});

export const envelopeSchema = z.object({
  // RFC §6.1 says version 4; any UUID is taken, since all that matters is that it is one.
  task_id: z.guid().transform((id) => id.toLowerCase()),
  conversation_id: z.string().min(1),
  topic: z.string(),
  instruction,
  input: z.unknown().optional(),
  next: nextTaskSchema.nullish(),
  /** Present in v2 only. */
  version: z.string().nullish(),
  context: z
    .object({
      original_query: z.string(),
      steps_completed: z
        .array(step)
        .nullish()
        .transform((steps) => steps ?? []),
      iteration_count: z
        .number()
        .int()
        .min(0)
        .nullish()
        .transform((count) => count ?? 0),
    })
    .nullish(),
  routing_trace: z.array(trace).nullish(),
  /** Ours: the task that a routed hop belongs to (its own `task_id` is new on every hop). */
  root_task_id: z.guid().nullish(),
  /** Ours: the sender wants the model's text in progress events as it is written. */
  stream: z.boolean().nullish(),
});

export type TaskEnvelope = z.output<typeof envelopeSchema>;
export type CompletedStep = z.output<typeof step>;
export type RoutingStep = z.output<typeof trace>;

/** v2 is told by the presence of `version`. */
export const isRoutable = (envelope: TaskEnvelope): boolean => envelope.version != null;

/** 1 + the number of nested `next` objects, counted on raw JSON without recursion; stops counting at `limit`. */
export function pipelineDepth(envelope: unknown, limit = 1_000): number {
  let depth = 1;
  let next = (envelope as { next?: unknown } | null)?.next;
  while (next !== null && typeof next === "object" && depth < limit) {
    depth += 1;
    next = (next as { next?: unknown }).next;
  }
  return depth;
}
