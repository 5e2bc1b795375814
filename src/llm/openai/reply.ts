import { parseJson } from "../../base/json.ts";
import type { ChatRequest, ToolCall, Usage } from "../../runtime/ports/model.ts";
import type { Answer, CallDraft } from "./assemble.ts";
import { BadAnswer, CutOff, Declined } from "./faults.ts";
import { answerTool } from "./wire.ts";

/** What an answer comes to; the price is another's affair. */
export interface Outcome {
  text: string;
  toolCalls: ToolCall[];
  truncated: boolean;
}

/**
 * Reads a complete answer. Throws {@link CutOff} when it is not complete, {@link Declined} when the model did not
 * want to answer, {@link BadAnswer} when there is none in it.
 */
export function outcomeOf(answer: Answer, request: ChatRequest): Outcome {
  if (answer.refusal !== "") throw new Declined(answer.refusal);
  if (answer.finish === "content_filter")
    throw new Declined("the provider's content filter stopped the answer");
  if (answer.finish === undefined) {
    throw answer.text === "" && answer.calls.length === 0
      ? new BadAnswer("there is no answer in it")
      : new CutOff("the stream ended without a finish_reason");
  }
  const truncated = answer.finish === "length";
  const calls = readCalls(answer.calls, truncated);
  const own = calls.filter((call) => !isAnswer(call, request));
  if (request.output === undefined || own.length > 0) {
    return { text: answer.text, toolCalls: withUniqueIds(own, request), truncated };
  }
  const given = calls.find((call) => isAnswer(call, request));
  return { text: structuredText(given?.arguments ?? answer.text, truncated), toolCalls: [], truncated };
}

const isAnswer = ({ name }: CallDraft, { output, tools }: ChatRequest): boolean =>
  output !== undefined && name === answerTool(output.name, tools);

/** A call that was cut off by the token limit has half its arguments: it must not run. */
function readCalls(calls: CallDraft[], truncated: boolean): CallDraft[] {
  const whole = truncated ? calls.filter((call, i) => i < calls.length - 1 || isJson(call.arguments)) : calls;
  if (whole.some(({ name }) => name === "")) throw new BadAnswer("a tool call in it has no name");
  return whole;
}

/** Models wrap JSON in a code fence although they were told its shape. */
function structuredText(text: string, truncated: boolean): string {
  const bare = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1] ?? text;
  if (!truncated && !isJson(bare)) throw new BadAnswer("it is not the JSON that was asked for");
  return bare;
}

const isJson = (text: string): boolean => parseJson(text) !== undefined;

/**
 * Every call gets an id that no other in the conversation has: some servers give none, the same one twice, or start
 * from `call_0` in each turn. An id made here is a function of the conversation, so that replaying makes it again.
 */
function withUniqueIds(calls: CallDraft[], { messages }: ChatRequest): ToolCall[] {
  const taken = new Set(
    messages.flatMap((m) => (m.role === "assistant" ? (m.toolCalls ?? []) : [])).map(({ id }) => id),
  );
  return calls.map(({ id, name, arguments: args }, i) => {
    const wanted = id === "" ? `call_${messages.length}_${i}` : id;
    const unique = firstFree(wanted, taken);
    taken.add(unique);
    return { id: unique, name, arguments: args.trim() === "" ? "{}" : args };
  });
}

function firstFree(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let n = 2; taken.has(id); n += 1) id = `${wanted}_${n}`;
  return id;
}

/** Token counts as reported; undefined when the provider reported none: nothing is estimated. */
export function usageOf({ usage }: Answer): Usage | undefined {
  if (usage?.prompt_tokens == null && usage?.completion_tokens == null) return undefined;
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
  };
}
