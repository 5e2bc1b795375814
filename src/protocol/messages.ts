import { rfc3339 } from "../base/clock.ts";
import * as z from "../base/zod.ts";
import type { ErrorCode } from "./errors.ts";

/**
 * What an agent publishes (RFC §6.2, §6.3 and the progress events of the peer implementation). The schemas are made
 * when the first such message is read.
 */

/** Retained on the status topic; unknown fields are ignored (FR-008), both known shapes are read. */
export const statusSchema = z.lazy(() =>
  z
    .object({
      /** Absent in one of the shapes: the topic says whose it is. */
      agent_id: z.nullish(z.string()),
      status: z.nullish(z.enum(["available", "unavailable"])),
      timestamp: z.nullish(z.string()),
      capabilities: z.nullish(z.array(z.string())),
      description: z.nullish(z.string()),
      health: z.nullish(z.string()),
      load: z.nullish(z.number()),
      last_updated: z.nullish(z.string()),
      heartbeat_interval_secs: z.nullish(z.number().check(z.positive())),
    })
    .check(z.refine((s) => s.status != null || s.health != null, "either status or health is required")),
);
export type AgentStatus = z.output<typeof statusSchema>;

const PROGRESS_EVENTS = [
  "TaskStart",
  "TaskComplete",
  "TaskError",
  "StepStart",
  "StepComplete",
  "ToolCall",
  "ToolComplete",
  "ToolError",
  "LlmRequest",
  "LlmResponse",
  "LlmError",
  "ValidationStart",
  "ValidationComplete",
  "ValidationError",
  "Processing",
  "Custom",
] as const;
export type ProgressEvent = (typeof PROGRESS_EVENTS)[number];
export type ProgressCategory = "General" | "Tool" | "LLM";

export const progressSchema = z.lazy(() =>
  z.object({
    agent_id: z.string(),
    task_id: z.nullish(z.string()),
    conversation_id: z.nullish(z.string()),
    timestamp: z.string(),
    category: z.enum(["General", "Tool", "LLM"]),
    event_type: z.enum(PROGRESS_EVENTS),
    message: z.string(),
    metadata: z.nullish(z.record(z.string(), z.unknown())),
  }),
);
export type Progress = z.output<typeof progressSchema>;

/** Which budget ended a task, and how far it had gone. */
const budgetStop = () => z.object({ name: z.string(), limit: z.number(), used: z.number() });
export type BudgetStop = z.output<ReturnType<typeof budgetStop>>;

const usage = () =>
  z.object({
    input_tokens: z.number(),
    output_tokens: z.number(),
    /** USD; null when a model that was used has no known price. */
    cost_usd: z.nullable(z.number()),
    llm_calls: z.number(),
    tool_calls: z.number(),
    duration_ms: z.number(),
  });
export type TaskUsage = z.output<ReturnType<typeof usage>>;

/** A response or an error on a conversation topic. The fields after `task_id` are ours: peers ignore them. */
export const replySchema = z.lazy(() =>
  z
    .object({
      task_id: z.string(),
      response: z.nullish(z.string()),
      error: z.nullish(z.object({ code: z.string(), message: z.string() })),
      agent_id: z.nullish(z.string()),
      root_task_id: z.nullish(z.string()),
      forwarded_to: z.nullish(z.string()),
      budget: z.nullish(budgetStop()),
      usage: z.nullish(z.partial(usage())),
      truncated: z.nullish(z.boolean()),
      workflow: z.nullish(z.looseObject({})),
    })
    .check(z.refine((r) => r.response != null || r.error != null, "either response or error is required")),
);
export type Reply = z.output<typeof replySchema>;

/** `taskId` is empty when the message had none that could be read. */
export const errorReply = (taskId: string, code: ErrorCode, message: string): Reply => ({
  error: { code, message },
  task_id: taskId,
});

/** The status of an agent that is gone: also its Last Will (FR-004). */
export const unavailable = (agentId: string, now: number): AgentStatus => ({
  agent_id: agentId,
  status: "unavailable",
  timestamp: rfc3339(now),
});
