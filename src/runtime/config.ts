import { timerSecs } from "../base/timer-schema.ts";
import * as z from "../base/zod.ts";
import { AGENT_ID } from "../protocol/topics.ts";

/** `[agent]`, `[budget]` and `[runtime]`: what the runtime loop goes by. */

export const agentSection = z.described(
  z.strictObject({
    id: z.described(
      z
        .string()
        .check(
          z.regex(AGENT_ID, "expected letters, digits, '.', '_' and '-' only (RULE-001)"),
          z.maxLength(128),
        ),
      "Unique name of the agent; its MQTT topics are made from it.",
    ),
    description: z.described(z._default(z.string(), ""), "What the agent does, for people and for routers."),
    capabilities: z.described(
      z._default(z.array(z.string()), []),
      "What the agent can do; published in its status and read by routers.",
    ),
    respond: z.described(
      z._default(z.enum(["final", "every_hop"]), "final"),
      "Publish a response only when the task ends here (final), or also when it is passed on (every_hop).",
    ),
  }),
  "Who the agent is.",
);

export const budgetSection = z.described(
  z.strictObject({
    max_tool_calls: z.described(z._default(z.int().check(z.minimum(0)), 15), "Tool calls a task may make."),
    max_iterations: z.described(z._default(z.int().check(z.minimum(1)), 8), "Model calls a task may make."),
    max_cost_per_task: z.described(
      z.optional(z.number().check(z.minimum(0))),
      "USD a task may cost. Needs a price for the model: see [llm.prices].",
    ),
    task_timeout_secs: z.described(z._default(timerSecs(), 600), "Seconds a task may take."),
  }),
  "Limits of one task. When one is reached the task ends with what there is and says which.",
);

export const runtimeSection = z.described(
  z.strictObject({
    concurrency: z.described(
      z._default(z.int().check(z.minimum(1), z.maximum(1024)), 4),
      "Tasks worked at the same time.",
    ),
    max_waiting: z.described(
      z._default(z.int().check(z.minimum(1)), 256),
      "Tasks taken over ahead of the work. Beyond it the broker keeps them (back-pressure).",
    ),
    max_attempts: z.described(
      z._default(z.int().check(z.minimum(1)), 5),
      "How often a task is started before one that kills the process each time is given up.",
    ),
    drain_secs: z.described(
      z._default(z.number().check(z.minimum(0), z.maximum(86_400)), 20),
      "Seconds running tasks get to end after SIGTERM; the rest is handed back (hand_back).",
    ),
    hand_back: z.described(
      z.optional(z.enum(["journal", "broker"])),
      "Where tasks go that are not done by then: journal, for the next start; broker, published again, for whoever " +
        "takes tasks next without this journal. Default: journal; with [mqtt] shared_subscription, broker.",
    ),
    dedupe_days: z.described(
      z._default(z.number().check(z.positive()), 7),
      "Days for which a finished task_id is remembered, so that a second delivery is dropped.",
    ),
    tool_timeout_secs: z.described(z._default(timerSecs(), 60), "Seconds one tool call may take."),
    progress: z.described(z._default(z.boolean(), true), "Publish progress events."),
    progress_per_second: z.described(
      z._default(z.int().check(z.minimum(1)), 200),
      "Progress events published per second at most; more are dropped, never queued.",
    ),
  }),
  "How the agent works its tasks.",
);

export type AgentSection = z.output<typeof agentSection>;
export type Budget = z.output<typeof budgetSection>;
export type RuntimeSection = z.output<typeof runtimeSection>;
