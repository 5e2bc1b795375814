import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";

/** A routing decision that an agent's own reply may carry: the peer implementation's agents are prompted to do so. */
const replyDecision = z.object({
  schema_version: z.string(),
  result: z.unknown(),
  next_agent: z.nullish(z.string()),
  next_instruction: z.nullish(z.string()),
  workflow_complete: z.nullish(z.boolean()),
});

export interface ReplyDecision {
  /** What the agent says, without the decision. */
  result: string;
  nextAgent?: string;
  nextInstruction?: string;
  complete?: boolean;
}

/** Reads the decision in a reply: the whole text, a fenced block, or the outermost braces. */
export function replyDecisionIn(text: string): ReplyDecision | undefined {
  if (!text.includes('"schema_version"')) return undefined;
  for (const candidate of candidates(text)) {
    const parsed = replyDecision.safeParse(parseJson(candidate));
    if (!parsed.success || parsed.data.result == null) continue;
    const { result, next_agent, next_instruction, workflow_complete } = parsed.data;
    return {
      result: typeof result === "string" ? result : JSON.stringify(result),
      ...(next_agent && { nextAgent: next_agent }),
      ...(next_instruction && { nextInstruction: next_instruction }),
      ...(workflow_complete != null && { complete: workflow_complete }),
    };
  }
  return undefined;
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const [, block] of text.matchAll(/```(?:json)?\s*\n([\s\S]*?)```/g)) yield block!;
  const [first, last] = [text.indexOf("{"), text.lastIndexOf("}")];
  if (first >= 0 && last > first) yield text.slice(first, last + 1);
}
