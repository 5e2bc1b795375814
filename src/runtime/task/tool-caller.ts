import type { ToolCall } from "../ports/model.ts";
import type { ToolResult } from "../ports/tool.ts";
import type { Job } from "./job.ts";
import type { ReportProgress } from "./reporter.ts";
import { runToolCall } from "./tool-call.ts";

/** Runs a task's tool calls: each is counted and timed, and its result has no secrets in it. */
export function toolCaller(job: Job, report: ReportProgress): (call: ToolCall) => Promise<ToolResult> {
  const { shop, tools, log, envelope, abort } = job;
  const { clock, metrics, redact, runtime } = shop;
  const options = { tools, timeoutMs: runtime.tool_timeout_secs * 1000, redact, clock };
  return async (call) => {
    const started = clock.monotonic();
    const context = {
      signal: abort.signal,
      log,
      taskId: envelope.task_id,
      conversationId: envelope.conversation_id,
      progress: (message: string, metadata?: Record<string, unknown>) =>
        report("Tool", "Processing", message, { tool: call.name, ...metadata }),
    };
    const result = await runToolCall(call, context, options);
    // A name the model made up must not become a label of its own.
    const known = tools.has(call.name) ? call.name : "unknown";
    metrics.toolCall(known, result.isError ? "error" : "ok", (clock.monotonic() - started) / 1000);
    return { ...result, content: redact(result.content) };
  };
}
