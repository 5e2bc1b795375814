import type { Clock } from "../../base/clock.ts";
import type { BudgetStop } from "../../protocol/messages.ts";
import type { ChatReply, ChatRequest, Message, Model, ToolCall } from "../ports/model.ts";
import type { Tool, ToolResult } from "../ports/tool.ts";
import type { Meter } from "./meter.ts";
import type { ReportProgress } from "./reporter.ts";

export interface LoopInput {
  messages: Message[];
  tools: Tool[];
  output?: ChatRequest["output"];
}

export interface LoopDeps {
  model: Model;
  meter: Meter;
  signal: AbortSignal;
  report: ReportProgress;
  clock: Pick<Clock, "monotonic">;
  /** Runs a tool; must not reject but for an aborted signal. */
  callTool(call: ToolCall): Promise<ToolResult>;
  /** Called with each piece of the model's text as it is written; undefined: the text starts anew. */
  onDelta?(text: string | undefined): void;
}

export interface LoopResult {
  /** The model's answer, or the best there is when a budget ended the task. */
  text: string;
  /** The budget that ended it. */
  stop?: BudgetStop;
  /** Every tool call of the task failed, and there were some. */
  allToolsFailed: boolean;
}

/**
 * Model and tools in turn until the model is done or a budget is: the whole of what an agent does with a task. Knows
 * nothing of MQTT, journals or time limits: those are in its parameters. Rejects with the model's error, or with the
 * signal's reason.
 */
export async function runLoop(input: LoopInput, deps: LoopDeps): Promise<LoopResult> {
  const messages = [...input.messages];
  const tools = input.tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  const outcomes = { calls: 0, failures: 0 };
  for (;;) {
    const reply = await ask({ messages, tools, ...(input.output && { output: input.output }) }, deps);
    const { text, toolCalls } = reply;
    if (toolCalls.length === 0) return ended(text);
    messages.push({ role: "assistant", content: text, toolCalls });
    // Nobody would read what the tools find: they are not run, least of all those that change something.
    const spent = deps.meter.exhausted();
    if (spent) return ended(bestOf(messages), spent);

    const granted = deps.meter.takeToolCalls(toolCalls.length);
    const results = await Promise.all(toolCalls.slice(0, granted).map((call) => callTool(call, deps)));
    outcomes.calls += results.length;
    outcomes.failures += results.filter((result) => result.isError).length;
    for (const [i, result] of results.entries()) {
      messages.push({ role: "tool", toolCallId: toolCalls[i]!.id, content: result.content });
    }
    if (granted < toolCalls.length) return ended(bestOf(messages), deps.meter.toolCallsExhausted());
    deps.signal.throwIfAborted();
  }

  function ended(text: string, stop?: BudgetStop): LoopResult {
    const allToolsFailed = outcomes.calls > 0 && outcomes.failures === outcomes.calls;
    return { text, allToolsFailed, ...(stop && { stop }) };
  }
}

async function ask(
  request: ChatRequest,
  { model, meter, signal, report, onDelta }: LoopDeps,
): Promise<ChatReply> {
  report("LLM", "LlmRequest", `asking ${model.id}`, { messages: request.messages.length });
  const reply = await model.chat(request, {
    signal,
    ...(onDelta && { onDelta, onRestart: () => onDelta(undefined) }),
  });
  meter.modelCall(reply);
  const { usage, cost, answeredBy, toolCalls } = reply;
  report("LLM", "LlmResponse", describe(reply), {
    model: answeredBy,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: cost ?? null,
    tool_calls: toolCalls.map((call) => call.name),
  });
  return reply;
}

const describe = ({ answeredBy, toolCalls }: ChatReply): string =>
  toolCalls.length === 0
    ? `${answeredBy} answered`
    : `${answeredBy} asks for ${toolCalls.map((c) => c.name).join(", ")}`;

async function callTool(call: ToolCall, { report, clock, callTool: run }: LoopDeps): Promise<ToolResult> {
  report("Tool", "ToolCall", `calling ${call.name}`, { tool: call.name });
  const started = clock.monotonic();
  const result = await run(call);
  report(
    "Tool",
    result.isError ? "ToolError" : "ToolComplete",
    `${call.name} ${result.isError ? "failed" : "done"}`,
    {
      tool: call.name,
      duration_ms: Math.round(clock.monotonic() - started),
      ...result.metadata,
    },
  );
  return result;
}

/** What there is when the model did not come to an end: its last words, or else what the tools found. */
function bestOf(messages: Message[]): string {
  const spoken = messages.findLast(
    (message) => message.role === "assistant" && message.content.trim() !== "",
  );
  if (spoken) return spoken.content;
  return messages.flatMap((message) => (message.role === "tool" ? [message.content] : [])).join("\n\n");
}
