import type { Logger } from "../../log/logger.ts";

/** JSON Schema, Draft 2020-12 subset (RFC §8.1). */
export type JsonSchema = { [key: string]: unknown };

export interface ToolResult {
  /** What the model reads. */
  content: string;
  /** The tool ran and says that it failed; the model decides what to do about it. */
  isError?: boolean;
  /** Facts for progress events and logs (status code, bytes, path); never shown to the model. */
  metadata?: Record<string, unknown>;
}

export interface ToolContext {
  /** Aborts when the task is cancelled, out of time, or the tool's own limit is reached. */
  signal: AbortSignal;
  log: Logger;
  taskId: string;
  conversationId: string;
  /** Tells whoever watches the task how a long call is getting on. */
  progress(message: string, metadata?: Record<string, unknown>): void;
}

export type Checked = { ok: true; value: unknown } | { ok: false; problems: string[] };

/** Something a model may call (RFC §8). Made, and where needed connected, by a tool factory. */
export interface Tool {
  /** Matches `[a-zA-Z0-9_-]{1,64}`, as the LLM APIs require. */
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments object. */
  readonly parameters: JsonSchema;
  /** Time limit of one call, in ms; the runtime's default when absent. */
  readonly timeoutMs?: number;
  /** Checks arguments against the schema; `value` is what `run` gets. Must not throw. */
  check(args: unknown): Checked;
  /** May throw: a throw becomes an error result that the model can read. Must heed `ctx.signal`. */
  run(input: unknown, ctx: ToolContext): Promise<ToolResult>;
}
