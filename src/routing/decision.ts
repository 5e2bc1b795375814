import { parseJson } from "../base/json.ts";
import * as z from "../base/zod.ts";
import type { RoutingDecision } from "../runtime/ports/router.ts";

const decision = z
  .object({
    workflow_complete: z.boolean(),
    reasoning: z.nullish(z.string()),
    next_agent: z.nullish(z.string()),
    next_instruction: z.nullish(z.string()),
  })
  .check(
    z.refine((d) => d.workflow_complete || (d.next_agent && d.next_instruction), {
      message: "next_agent and next_instruction are required while the workflow is not complete",
    }),
  );

/** A routing decision on the wire, from a model or a gatekeeper alike. */
const decisionSchema = z.changed(decision, (d): RoutingDecision => {
  const reasoning = d.reasoning ?? "";
  return d.workflow_complete
    ? { complete: true, reasoning }
    : { complete: false, reasoning, nextAgent: d.next_agent!, nextInstruction: d.next_instruction! };
});

/** The decision in an answer. Throws an Error that says whose answer is none. */
export function decisionIn(text: string, who: string): RoutingDecision {
  const parsed = decisionSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${who}'s answer is no decision: ${parsed.error.issues[0]?.message}`);
}

/** The same as JSON Schema in the strict form of structured output: every key required, null where there is none. */
export const decisionJsonSchema = {
  type: "object",
  properties: {
    workflow_complete: { type: "boolean", description: "The original request is fully answered." },
    reasoning: { type: "string", description: "Why, in one or two sentences." },
    next_agent: {
      type: ["string", "null"],
      description: "Id of the agent that goes on; null when complete.",
    },
    next_instruction: { type: ["string", "null"], description: "What it is to do; null when complete." },
  },
  required: ["workflow_complete", "reasoning", "next_agent", "next_instruction"],
  additionalProperties: false,
};
