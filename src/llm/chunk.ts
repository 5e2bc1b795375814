import { z } from "zod";

/**
 * What a provider answers with, streamed or whole: only the fields that are used, and leniently, since every
 * provider leaves out or adds something. (OpenAI API reference, "The chat completion (chunk) object".)
 */

const toolCall = z.object({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      // Text by the specification; some servers send the object itself.
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
});
export type ToolCallPiece = z.output<typeof toolCall>;

const piece = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
});

const count = z.number().min(0).nullish();
const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
  /** OpenRouter: USD. */
  cost: count,
});
export type UsageReport = z.output<typeof usage>;

export const chunkSchema = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({ delta: piece.nullish(), message: piece.nullish(), finish_reason: z.string().nullish() }),
    )
    .nullish(),
  usage: usage.nullish(),
  /** Groq's place for the usage of a stream. */
  x_groq: z.object({ usage: usage.nullish() }).nullish(),
  /** Gateways tell of errors with status 200. */
  error: z
    .union([
      z.string(),
      z.object({
        message: z.string().nullish(),
        code: z.union([z.string(), z.number()]).nullish(),
        type: z.string().nullish(),
      }),
    ])
    .nullish(),
});
export type Chunk = z.output<typeof chunkSchema>;
