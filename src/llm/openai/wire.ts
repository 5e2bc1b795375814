import type {
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";
import { parseJson } from "../../base/json.ts";
import type { ChatRequest, Message, ToolSpec } from "../../runtime/ports/model.ts";
import type { JsonSchema } from "../../runtime/ports/tool.ts";
import type { Quirks } from "../providers.ts";

/** A request of ours as the OpenAI wire has it. */

export interface Sampling {
  temperature?: number | undefined;
  max_tokens?: number | undefined;
}

/** Everything but `stream`, which the caller decides. */
export type WireParams = Omit<ChatCompletionCreateParams, "stream" | "stream_options">;

export function toWire(request: ChatRequest, model: string, sampling: Sampling, quirks: Quirks): WireParams {
  const tools = toolsOf(request, quirks);
  return {
    model,
    messages: request.messages.map(messageOf),
    ...(tools.length > 0 && { tools }),
    ...(sampling.temperature !== undefined && quirks.temperature && { temperature: sampling.temperature }),
    ...(sampling.max_tokens !== undefined && { [quirks.maxTokens]: sampling.max_tokens }),
    ...outputOf(request, quirks),
  };
}

function messageOf(message: Message): ChatCompletionMessageParam {
  switch (message.role) {
    case "tool":
      return { role: "tool", tool_call_id: message.toolCallId, content: message.content };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: "assistant", content };
      const tool_calls = toolCalls.map(({ id, name, arguments: args }) => ({
        id,
        type: "function" as const,
        function: { name, arguments: readableArguments(args) },
      }));
      return { role: "assistant", content: content === "" ? null : content, tool_calls };
    }
    default:
      return message;
  }
}

/** Many providers parse the arguments of earlier calls, and refuse the whole request when they are not an object. */
function readableArguments(text: string): string {
  const value = parseJson(text);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? text : JSON.stringify({ unreadable_arguments: text });
}

function toolsOf({ tools, output }: ChatRequest, quirks: Quirks): ChatCompletionTool[] {
  const specs = tools.map(toolOf);
  if (output === undefined || quirks.structured !== "tool") return specs;
  const name = answerTool(output.name, tools);
  return [
    ...specs,
    toolOf({
      name,
      description: "Gives the final answer. Call it once, when done.",
      parameters: output.schema,
    }),
  ];
}

const toolOf = ({ name, description, parameters }: ToolSpec): ChatCompletionTool => ({
  type: "function",
  function: { name, ...(description !== "" && { description }), parameters: plainSchema(parameters) },
});

/** Name of the tool that takes the structured answer: a valid tool name that no other tool has. */
export function answerTool(name: string, tools: readonly ToolSpec[]): string {
  const valid = name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 50) || "answer";
  return tools.some((tool) => tool.name === valid) ? `${valid}_answer` : valid;
}

type OutputParams = Pick<WireParams, "response_format" | "tool_choice">;

function outputOf({ tools, output }: ChatRequest, quirks: Quirks): OutputParams {
  if (output === undefined) return {};
  const name = answerTool(output.name, tools);
  if (quirks.structured === "tool") {
    // With other tools there, the model may use those first: it must call one, whichever.
    return { tool_choice: tools.length > 0 ? "required" : { type: "function", function: { name } } };
  }
  const strict = quirks.structured === "strict" && isStrict(output.schema);
  const json_schema = { name, schema: plainSchema(output.schema), strict };
  return { response_format: { type: "json_schema", json_schema } };
}

/** Some providers refuse keywords that say nothing about the value. */
function plainSchema({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/**
 * Whether a schema keeps to the rules of strict mode (OpenAI, "Structured Outputs": every property required,
 * `additionalProperties: false`), at every level.
 */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (schema === null || typeof schema !== "object") return true;
  const { type, properties, required, additionalProperties } = schema as JsonSchema;
  if (type === "object" || properties !== undefined) {
    const names = Object.keys((properties ?? {}) as object);
    const all = Array.isArray(required) && names.every((name) => required.includes(name));
    if (additionalProperties !== false || !(all || names.length === 0)) return false;
    if (!Object.values((properties ?? {}) as object).every(isStrict)) return false;
  }
  const nested = ["items", "anyOf", "$defs", "definitions"] as const;
  return nested.every((keyword) => nestedStrict(keyword, (schema as JsonSchema)[keyword]));
}

const nestedStrict = (keyword: string, value: unknown): boolean =>
  keyword.endsWith("efs") || keyword === "definitions"
    ? Object.values((value ?? {}) as object).every(isStrict)
    : isStrict(value);
