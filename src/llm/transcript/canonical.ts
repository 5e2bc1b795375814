import type { Redact } from "../../base/redact.ts";
import * as z from "../../base/zod.ts";
import type { ChatRequest } from "../../runtime/ports/model.ts";
import type { Sampling } from "../openai/wire.ts";

/** A request in one form: what a recorded exchange is found by, and what a person reads in the transcript. */

const schemaObject = z.record(z.string(), z.unknown());
const toolCall = z.object({ id: z.string(), name: z.string(), arguments: z.string() });

export const canonicalSchema = z.object({
  model: z.string(),
  temperature: z.optional(z.number()),
  max_tokens: z.optional(z.number()),
  messages: z.array(
    z.union([
      z.object({ role: z.enum(["system", "user"]), content: z.string() }),
      z.object({
        role: z.literal("assistant"),
        content: z.string(),
        toolCalls: z.optional(z.array(toolCall)),
      }),
      z.object({ role: z.literal("tool"), toolCallId: z.string(), content: z.string() }),
    ]),
  ),
  tools: z.optional(
    z.array(z.object({ name: z.string(), description: z.string(), parameters: schemaObject })),
  ),
  output: z.optional(z.object({ name: z.string(), schema: schemaObject })),
});
export type CanonicalRequest = z.output<typeof canonicalSchema>;

export interface ModelSettings extends Sampling {
  model: string;
}

/** Secrets masked, tools in order of their names, empty lists left out: nothing that changes from run to run. */
export function canonical(request: ChatRequest, settings: ModelSettings, redact: Redact): CanonicalRequest {
  const { model, temperature, max_tokens } = settings;
  const tools = request.tools
    .map(({ name, description, parameters }) => ({ name, description, parameters }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const messages = request.messages.map((message) =>
    message.role === "assistant" ? withoutEmptyCalls(message) : message,
  );
  const whole = { model, temperature, max_tokens, messages, output: request.output };
  return canonicalSchema.parse(redactedStrings({ ...whole, ...(tools.length > 0 && { tools }) }, redact));
}

type AssistantMessage = Extract<ChatRequest["messages"][number], { role: "assistant" }>;

const withoutEmptyCalls = ({ toolCalls = [], ...message }: AssistantMessage): AssistantMessage =>
  toolCalls.length === 0 ? message : { ...message, toolCalls };

/** The value with every string in it redacted, undefined fields left out. */
export function redactedStrings(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactedStrings(item, redact));
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, redactedStrings(field, redact)]));
}

/** SHA-256 over the request with all keys in order: the same for the same request, however it was put together. */
export const requestKey = (request: CanonicalRequest): string =>
  new Bun.CryptoHasher("sha256").update(JSON.stringify(sorted(request))).digest("hex");

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}
