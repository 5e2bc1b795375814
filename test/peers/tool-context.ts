import { silent } from "../../src/log/logger.ts";
import type { ToolContext } from "../../src/runtime/ports/tool.ts";

/** What a tool call gets, as the runtime would give it; `said` is what the tool told of its progress. */
export function toolContext(
  signal: AbortSignal = new AbortController().signal,
): ToolContext & { said: string[] } {
  const said: string[] = [];
  return {
    signal,
    log: silent,
    taskId: "7a1f0d4e-53c1-4d0c-9d39-52c8cbb0f4a5",
    conversationId: "conversation",
    progress: (message) => said.push(message),
    said,
  };
}
