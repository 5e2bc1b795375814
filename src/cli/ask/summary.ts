import { counted } from "../../base/counted.ts";
import { duration } from "../../base/duration.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { BudgetStop, Reply } from "../../protocol/messages.ts";
import type { ExitCode } from "../framework/command.ts";
import type { Answer } from "./conversation.ts";
import type { Envelope } from "./envelope.ts";

/** `writer · 1,204 tokens in, 88 out · $0.0003 · 2 tool calls · 2.4 s` */
export function usageLine(agent: string, { usage, truncated }: Reply, ms: number): string {
  return [
    agent,
    usage?.input_tokens != null &&
      `${number(usage.input_tokens)} tokens in, ${number(usage.output_tokens ?? 0)} out`,
    usage && costText(usage.cost_usd),
    usage?.tool_calls && counted(usage.tool_calls, "tool call"),
    duration(ms),
    truncated && "cut short: too long for a message",
  ]
    .filter((part) => part)
    .join(" · ");
}

const number = (n: number): string => n.toLocaleString("en-US");

function costText(usd: number | null | undefined): string {
  if (usd === undefined) return "";
  if (usd === null) return "cost unknown";
  if (usd === 0) return "free";
  return `$${usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
}

export const budgetLine = ({ name, limit, used }: BudgetStop): string =>
  `Stopped by the budget ${name}: ${used} of ${limit} used. The answer is what there was until then.`;

function errorLine({ agent, reply }: Answer): string {
  const { code = "", message = "" } = reply.error ?? {};
  return `${agent} failed: ${message} (${code})`;
}

/** An error reply as a failure of the command. */
export const replyFailure = (answer: Answer, conversationId: string): ExpectedError =>
  new ExpectedError(errorLine(answer), { where: `conversation ${conversationId}` });

/** Scripts must not take for an answer what is only the part of it that there was when a budget was used up. */
export function exitCode({ reply: { error, budget, truncated } }: Answer): ExitCode {
  if (error) return 1;
  return budget || truncated ? 3 : 0;
}

/** What `ask --json` prints. */
export const answerObject = ({ agent, reply }: Answer, envelope: Envelope, ms: number) => ({
  conversation_id: envelope.conversation_id,
  task_id: envelope.task_id,
  agent_id: agent,
  response: reply.response ?? null,
  error: reply.error ?? null,
  budget: reply.budget ?? null,
  usage: reply.usage ?? null,
  truncated: reply.truncated ?? false,
  workflow: reply.workflow ?? null,
  duration_ms: Math.round(ms),
});
