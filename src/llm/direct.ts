import { parseJson } from "../base/json.ts";
import {
  type ChatReply,
  type ChatRequest,
  type Model,
  ModelError,
  type ToolCall,
} from "../runtime/ports/model.ts";
import { DIRECT } from "./providers.ts";

/**
 * No language model: an agent that does one thing. The task must be a JSON object; it becomes the arguments of one call of
 * the tool, and what the tool gives is the answer, word by word.
 */
export function directModel(tool: string): Model {
  const id = `${DIRECT}/${tool}`;
  const reply = (text: string, toolCalls: ToolCall[]): ChatReply => ({
    text,
    toolCalls,
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    cost: 0,
    answeredBy: id,
    truncated: false,
  });
  return {
    id,
    verify: async (signal) => signal.throwIfAborted(),
    async chat({ messages, tools }, { signal }) {
      signal.throwIfAborted();
      const last = messages.at(-1);
      if (last?.role === "tool") return reply(last.content, []);
      if (tools.every(({ name }) => name !== tool))
        throw new ModelError("bad_request", `the agent has no tool "${tool}" to hand the task to`);
      return reply("", [{ id: "call_0", name: tool, arguments: argumentsOf(messages) }]);
    },
  };
}

function argumentsOf(messages: ChatRequest["messages"]): string {
  const task = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const value = parseJson(task);
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return task;
  throw new ModelError(
    "bad_request",
    "the task is no JSON object: this agent has no language model, and hands its input to a tool as it is",
  );
}
