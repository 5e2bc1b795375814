import { timerMs } from "../base/timer-schema.ts";
import * as z from "../base/zod.ts";
import { choiceCheck, choiceKeys, temperature } from "../llm/choice.ts";

const routingLlm = () =>
  z.described(
    z
      .strictObject({
        ...choiceKeys,
        temperature: z.described(z._default(temperature(), 0.1), "Sampling temperature of the decision."),
      })
      .check(choiceCheck()),
    'The model that routes when strategy is "llm".',
  );
export type RoutingLlm = z.output<ReturnType<typeof routingLlm>>;

const gatekeeper = () =>
  z.described(
    z.strictObject({
      url: z.described(
        z.url({ protocol: /^https?$/ }),
        "Service that decides; it gets the workflow by POST.",
      ),
      timeout_ms: z.described(z._default(timerMs(), 5000), "Milliseconds one request may take."),
      retry_attempts: z.described(
        z._default(z.int().check(z.minimum(0)), 3),
        "Further requests after one that failed.",
      ),
      token_env: z.described(
        z.optional(z.string()),
        "Environment variable of a bearer token for the service.",
      ),
    }),
    'The service that routes when strategy is "gatekeeper".',
  );
export type GatekeeperSection = z.output<ReturnType<typeof gatekeeper>>;

const section = () =>
  z
    .strictObject({
      strategy: z.described(z.enum(["llm", "gatekeeper"]), "Who decides where a v2 task goes next."),
      max_iterations: z.described(
        z._default(z.int().check(z.minimum(1)), 10),
        "Steps after which a workflow is completed with what there is.",
      ),
      llm: z.optional(routingLlm()),
      gatekeeper: z.optional(gatekeeper()),
    })
    .check(
      z.superRefine((routing, ctx) => {
        if (routing[routing.strategy] !== undefined) return;
        ctx.addIssue({
          code: "custom",
          path: [routing.strategy],
          message: `strategy = "${routing.strategy}" needs a [routing.${routing.strategy}] table`,
        });
      }),
    );

/** `[routing]`: most agents have none. */
export const routingSection = z.deferred(() =>
  z.described(section(), "Where a v2 task goes after this agent, when it names no next agent itself."),
);
export type RoutingSection = z.output<typeof routingSection>;
