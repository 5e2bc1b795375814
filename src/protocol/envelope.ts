import * as z from "../base/zod.ts";

/** Task envelopes (RFC §6.1): wire schemas, no I/O. Unknown fields are ignored (FR-008). */

/** FR-013: pipelines are at most this deep. */
export const MAX_PIPELINE_DEPTH = 16;
/** NFR-003: messages are at most this many bytes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

export interface NextTask {
  topic: string;
  instruction?: string | null | undefined;
  /** What the next agent gets instead of this agent's response; null or absent: the response. */
  input?: unknown;
  next?: NextTask | null | undefined;
}

const nextTask: z.ZodMiniType<NextTask> = z.lazy(() =>
  z.object({
    topic: z.string().check(z.minLength(1)),
    instruction: z.nullish(z.string()),
    input: z.optional(z.unknown()),
    next: z.nullish(nextTask),
  }),
);

const step = z.lazy(() => z.object({ agent_id: z.string(), action: z.string(), timestamp: z.string() }));
const trace = z.lazy(() =>
  z.object({
    from_agent: z.string(),
    to_agent: z.string(),
    reason: z.string(),
    timestamp: z.string(),
    step_number: z.number(),
  }),
);

const context = () =>
  z.object({
    original_query: z.string(),
    steps_completed: z.changed(z.nullish(z.array(step)), (steps) => steps ?? []),
    iteration_count: z.changed(z.nullish(z.int().check(z.minimum(0))), (count) => count ?? 0),
  });

/** Made when the first task comes: an agent that starts has no time to lose. */
export const envelopeSchema = z.lazy(() =>
  z.object({
    // RFC §6.1 says version 4; any UUID is taken, since all that matters is that it is one.
    task_id: z.changed(z.guid(), (id) => id.toLowerCase()),
    conversation_id: z.string().check(z.minLength(1)),
    topic: z.string(),
    instruction: z.nullish(z.string()),
    input: z.optional(z.unknown()),
    next: z.nullish(nextTask),
    /** Present in v2 only. */
    version: z.nullish(z.string()),
    context: z.nullish(context()),
    routing_trace: z.nullish(z.array(trace)),
    /** Ours: the task that a routed hop belongs to (its own `task_id` is new on every hop). */
    root_task_id: z.nullish(z.guid()),
    /** Ours: the sender wants the model's text in progress events as it is written. */
    stream: z.nullish(z.boolean()),
  }),
);

export type TaskEnvelope = z.output<typeof envelopeSchema>;
export type CompletedStep = z.output<typeof step>;

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
