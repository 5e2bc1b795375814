import { z } from "zod";
import { AGENT_ID } from "../protocol/topics.ts";

/** `[agent]`, `[budget]`, `[runtime]` and `[routing]`: what the runtime loop goes by. */

export const agentSection = z
  .strictObject({
    id: z
      .string()
      .regex(AGENT_ID, "expected letters, digits, '.', '_' and '-' only (RULE-001)")
      .max(128)
      .describe("Unique name of the agent; its MQTT topics are made from it."),
    description: z.string().default("").describe("What the agent does, for people and for routers."),
    capabilities: z
      .array(z.string())
      .default([])
      .describe("What the agent can do; published in its status and read by routers."),
    respond: z
      .enum(["final", "every_hop"])
      .default("final")
      .describe(
        "Publish a response only when the task ends here (final), or also when it is passed on (every_hop).",
      ),
  })
  .describe("Who the agent is.");

export const budgetSection = z
  .strictObject({
    max_tool_calls: z.int().min(0).default(15).describe("Tool calls a task may make."),
    max_iterations: z.int().min(1).default(8).describe("Model calls a task may make."),
    max_cost_per_task: z
      .number()
      .min(0)
      .optional()
      .describe("USD a task may cost. Needs a price for the model: see [llm.prices]."),
    task_timeout_secs: z.number().positive().default(600).describe("Seconds a task may take."),
  })
  .describe("Limits of one task. When one is reached the task ends with what there is and says which.");

export const runtimeSection = z
  .strictObject({
    concurrency: z.int().min(1).max(1024).default(4).describe("Tasks worked at the same time."),
    max_waiting: z
      .int()
      .min(1)
      .default(256)
      .describe("Tasks taken over ahead of the work. Beyond it the broker keeps them (back-pressure)."),
    max_attempts: z
      .int()
      .min(1)
      .default(5)
      .describe("How often a task is started before one that kills the process each time is given up."),
    drain_secs: z
      .number()
      .min(0)
      .default(25)
      .describe("Seconds running tasks get to end after SIGTERM; the rest is kept for the next start."),
    dedupe_days: z
      .number()
      .positive()
      .default(7)
      .describe("Days for which a finished task_id is remembered, so that a second delivery is dropped."),
    tool_timeout_secs: z.number().positive().default(60).describe("Seconds one tool call may take."),
    progress: z.boolean().default(true).describe("Publish progress events."),
    progress_per_second: z
      .int()
      .min(1)
      .default(200)
      .describe("Progress events published per second at most; more are dropped, never queued."),
  })
  .describe("How the agent works its tasks.");

const routingLlm = z
  .strictObject({
    provider: z.string().describe("LLM provider that decides."),
    model: z.string().describe("Model that decides."),
    temperature: z.number().min(0).max(2).default(0.1).describe("Sampling temperature of the decision."),
    api_key_env: z
      .string()
      .optional()
      .describe("Environment variable of the key; default: the provider's own."),
    base_url: z.url().optional().describe("Address of the API; default: the provider's own."),
    transcript: z.string().optional().describe("Transcript file of the replay provider."),
  })
  .describe('The model that routes when strategy is "llm".');

const routingGatekeeper = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).describe("Service that decides; it gets the workflow by POST."),
    timeout_ms: z.int().min(1).default(5000).describe("Milliseconds one request may take."),
    retry_attempts: z.int().min(0).default(3).describe("Further requests after one that failed."),
    token_env: z.string().optional().describe("Environment variable of a bearer token for the service."),
  })
  .describe('The service that routes when strategy is "gatekeeper".');

export const routingSection = z
  .strictObject({
    strategy: z.enum(["llm", "gatekeeper"]).describe("Who decides where a v2 task goes next."),
    max_iterations: z
      .int()
      .min(1)
      .default(10)
      .describe("Steps after which a workflow is completed with what there is."),
    llm: routingLlm.optional(),
    gatekeeper: routingGatekeeper.optional(),
  })
  .superRefine((routing, ctx) => {
    if (routing[routing.strategy] === undefined) {
      ctx.addIssue({
        code: "custom",
        path: [routing.strategy],
        message: `strategy = "${routing.strategy}" needs a [routing.${routing.strategy}] table`,
      });
    }
  })
  .describe("Where a v2 task goes after this agent, when it names no next agent itself.");

export type AgentSection = z.output<typeof agentSection>;
export type Budget = z.output<typeof budgetSection>;
export type RuntimeSection = z.output<typeof runtimeSection>;
export type RoutingSection = z.output<typeof routingSection>;
