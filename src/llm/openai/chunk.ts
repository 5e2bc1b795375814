import * as z from "../../base/zod.ts";

/**
 * What a provider answers with, streamed or whole: only the fields that are used, and leniently, since every
 * provider leaves out or adds something. (OpenAI API reference, "The chat completion (chunk) object".)
 */

const text = z.nullish(z.string());

const toolCall = z.object({
  index: z.nullish(z.number()),
  id: text,
  function: z.nullish(
    z.object({
      name: text,
      // Text by the specification; some servers send the object itself.
      arguments: z.nullish(z.union([z.string(), z.record(z.string(), z.unknown())])),
    }),
  ),
});
export type ToolCallPiece = z.output<typeof toolCall>;

const piece = z.object({ content: text, refusal: text, tool_calls: z.nullish(z.array(toolCall)) });

const count = z.nullish(z.number().check(z.minimum(0)));
const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.nullish(z.object({ cached_tokens: count })),
  /** OpenRouter: USD. */
  cost: count,
});
export type UsageReport = z.output<typeof usage>;

export const chunkSchema = z.object({
  model: text,
  choices: z.nullish(
    z.array(z.object({ delta: z.nullish(piece), message: z.nullish(piece), finish_reason: text })),
  ),
  usage: z.nullish(usage),
  /** Groq's place for the usage of a stream. */
  x_groq: z.nullish(z.object({ usage: z.nullish(usage) })),
  /** Gateways tell of errors with status 200. */
  error: z.nullish(
    z.union([
      z.string(),
      z.object({ message: text, code: z.nullish(z.union([z.string(), z.number()])), type: text }),
    ]),
  ),
});
export type Chunk = z.output<typeof chunkSchema>;
