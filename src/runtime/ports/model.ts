import type { JsonSchema } from "./tool.ts";

export interface ToolCall {
  id: string;
  name: string;
  /** The arguments as the model wrote them: JSON if all is well. */
  arguments: string;
}

export type Message =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; content: string; toolCalls?: ToolCall[] }
  | { role: "tool"; toolCallId: string; content: string };

export interface ToolSpec {
  name: string;
  description: string;
  parameters: JsonSchema;
}

export interface ChatRequest {
  messages: Message[];
  tools: ToolSpec[];
  /** Forces an answer of this shape (JSON Schema, strict). */
  output?: { name: string; schema: JsonSchema };
}

export interface Usage {
  inputTokens: number;
  /** Part of `inputTokens` that was read from the provider's cache. */
  cachedInputTokens: number;
  outputTokens: number;
}

export interface ChatReply {
  text: string;
  /** In the order in which the model asked for them; empty when it is done. */
  toolCalls: ToolCall[];
  usage: Usage;
  /** USD; undefined when the model has no known price. */
  cost: number | undefined;
  /** `provider/model` that answered: a fallback may have. */
  answeredBy: string;
  /** The answer was cut off by the token limit. */
  truncated: boolean;
}

export interface ChatOptions {
  signal: AbortSignal;
  /** Called with each piece of text as it is written. A retry starts the text anew: `onRestart`. */
  onDelta?(text: string): void;
  onRestart?(): void;
}

/** A language model behind one or more providers; retries, time limits and fallbacks are its own affair. */
export interface Model {
  /** `provider/model` of the first choice. */
  readonly id: string;
  /**
   * Whether a provider can be reached and takes the key, without spending tokens (FR-002 step 6). Rejects with a
   * {@link ModelError} when none can.
   */
  verify(signal: AbortSignal): Promise<void>;
  /**
   * One turn. Rejects with a {@link ModelError} when no provider could answer, or with the signal's reason when
   * aborted.
   */
  chat(request: ChatRequest, options: ChatOptions): Promise<ChatReply>;
}

export type ModelErrorKind =
  | "auth"
  | "rate_limit"
  | "overloaded"
  | "timeout"
  | "network"
  | "bad_request"
  | "bad_response"
  | "not_recorded";

/** No provider could answer. The message is fit for the wire: no key, no stack, no address of an inner service. */
export class ModelError extends Error {
  constructor(
    readonly kind: ModelErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ModelError";
  }
}
