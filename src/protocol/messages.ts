import { z } from "zod";
import { rfc3339 } from "../base/clock.ts";
import type { ErrorCode } from "./errors.ts";

/** What an agent publishes (RFC §6.2, §6.3 and the progress events of the peer implementation). */

/** Retained on the status topic; unknown fields are ignored (FR-008), both known shapes are read. */
export const statusSchema = z
  .object({
    /** Absent in one of the shapes: the topic says whose it is. */
    agent_id: z.string().nullish(),
    status: z.enum(["available", "unavailable"]).nullish(),
    timestamp: z.string().nullish(),
    capabilities: z.array(z.string()).nullish(),
    description: z.string().nullish(),
    health: z.string().nullish(),
    load: z.number().nullish(),
    last_updated: z.string().nullish(),
    heartbeat_interval_secs: z.number().positive().nullish(),
  })
  .refine((s) => s.status != null || s.health != null, "either status or health is required");
export type AgentStatus = z.output<typeof statusSchema>;

export const PROGRESS_EVENTS = [
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

export const progressSchema = z.object({
  agent_id: z.string(),
  task_id: z.string().nullish(),
  conversation_id: z.string().nullish(),
  timestamp: z.string(),
  category: z.enum(["General", "Tool", "LLM"]),
  event_type: z.enum(PROGRESS_EVENTS),
  message: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type Progress = z.output<typeof progressSchema>;

/** Which budget ended a task, and how far it had gone. */
export const budgetStopSchema = z.object({ name: z.string(), limit: z.number(), used: z.number() });
export type BudgetStop = z.output<typeof budgetStopSchema>;

export const usageSchema = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  /** USD; null when a model that was used has no known price. */
  cost_usd: z.number().nullable(),
  llm_calls: z.number(),
  tool_calls: z.number(),
  duration_ms: z.number(),
});
export type TaskUsage = z.output<typeof usageSchema>;

/** A response or an error on a conversation topic. The fields after `task_id` are ours: peers ignore them. */
export const replySchema = z
  .object({
    task_id: z.string(),
    response: z.string().nullish(),
    error: z.object({ code: z.string(), message: z.string() }).nullish(),
    agent_id: z.string().nullish(),
    root_task_id: z.string().nullish(),
    forwarded_to: z.string().nullish(),
    budget: budgetStopSchema.nullish(),
    usage: usageSchema.partial().nullish(),
    truncated: z.boolean().nullish(),
    workflow: z.looseObject({}).nullish(),
  })
  .refine((r) => r.response != null || r.error != null, "either response or error is required");
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
