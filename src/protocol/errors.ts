import { shorten } from "../base/clip.ts";

/** Error codes on the wire (RFC §6.3). */
export const ERROR_CODES = [
  "tool_execution_failed",
  "llm_error",
  "invalid_input",
  "pipeline_depth_exceeded",
  "internal_error",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure that the sender of a task is told about, under one of the protocol's codes. */
export class TaskError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "TaskError";
  }
}

const MAX_MESSAGE = 500;

/**
 * An error text fit for the wire: no stack, no path of this machine, no secret (RULE-002, NFR-005), at most 500
 * characters, as the peer implementation has it.
 */
export function wireMessage(text: string, redact: (text: string) => string): string {
  const line = redact(text)
    .replace(/\n\s*at [\s\S]*$/, "")
    .replace(/(^|[\s("'`=])(?:file:\/\/)?(?:[A-Za-z]:\\|\/(?:[\w.@-]+\/)+)[\w.@-]*/g, "$1[path]")
    .replace(/[\w.+-]+@[\w-]+\.[\w.-]+/g, "[email]")
    .replace(/\s+/g, " ")
    .trim();
  return shorten(line, MAX_MESSAGE);
}
