import type { BudgetStop, TaskUsage } from "../../protocol/messages.ts";
import type { Budget } from "../config.ts";
import type { ChatReply } from "../ports/model.ts";

/** Counts what one task uses against its budget. */
export interface Meter {
  modelCall(reply: Pick<ChatReply, "usage" | "cost">): void;
  /** Adds to the cost alone: a routing decision. */
  spend(usd: number | undefined): void;
  /** How many of `wanted` tool calls may be made; they count as made. */
  takeToolCalls(wanted: number): number;
  /** The budget that forbids another model call, if any. */
  exhausted(): BudgetStop | undefined;
  toolCallsExhausted(): BudgetStop;
  timedOut(): BudgetStop;
  usage(durationMs: number): TaskUsage;
}

export function createMeter(budget: Budget): Meter {
  let llmCalls = 0;
  let toolCalls = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let cost = 0;
  let unpriced = false;

  const spend = (usd: number | undefined) => {
    if (usd === undefined) unpriced = true;
    else cost += usd;
  };

  return {
    modelCall({ usage, cost: usd }) {
      llmCalls += 1;
      inputTokens += usage.inputTokens;
      outputTokens += usage.outputTokens;
      spend(usd);
    },
    spend,
    takeToolCalls(wanted) {
      const granted = Math.min(wanted, budget.max_tool_calls - toolCalls);
      toolCalls += granted;
      return granted;
    },
    exhausted() {
      const { max_iterations, max_cost_per_task } = budget;
      if (max_cost_per_task !== undefined && cost >= max_cost_per_task) {
        return { name: "max_cost_per_task", limit: max_cost_per_task, used: roundUsd(cost) };
      }
      return llmCalls >= max_iterations
        ? { name: "max_iterations", limit: max_iterations, used: llmCalls }
        : undefined;
    },
    toolCallsExhausted: () => ({ name: "max_tool_calls", limit: budget.max_tool_calls, used: toolCalls }),
    timedOut: () => ({
      name: "task_timeout_secs",
      limit: budget.task_timeout_secs,
      used: budget.task_timeout_secs,
    }),
    usage: (durationMs) => ({
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      // A model without a price makes the whole sum unknown: it never counts as zero.
      cost_usd: unpriced ? null : roundUsd(cost),
      llm_calls: llmCalls,
      tool_calls: toolCalls,
      duration_ms: Math.round(durationMs),
    }),
  };
}

/** To a millionth of a dollar: sums of binary fractions otherwise show their tails. */
const roundUsd = (usd: number): number => Math.round(usd * 1e6) / 1e6;
