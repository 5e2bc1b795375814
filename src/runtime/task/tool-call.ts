import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import type { Redact } from "../../base/redact.ts";
import type { ToolCall } from "../ports/model.ts";
import type { Tool, ToolContext, ToolResult } from "../ports/tool.ts";

/** Longer results are cut: they would crowd everything else out of the model's context. */
const MAX_RESULT_CHARS = 200_000;
/** How long a tool that was told to stop may take over it before it is left behind. */
const ABORT_GRACE_MS = 250;

export interface ToolCallOptions {
  tools: ReadonlyMap<string, Tool>;
  /** Time limit of a tool that names none, in ms. */
  timeoutMs: number;
  redact: Redact;
  clock: Clock;
}

/**
 * Runs one call that a model asked for: allow-list, schema check, time limit (FR-011, NFR-005). Whatever goes wrong
 * becomes an error result that the model can read; it rejects only when the task itself was aborted.
 */
export async function runToolCall(
  call: ToolCall,
  ctx: ToolContext,
  options: ToolCallOptions,
): Promise<ToolResult> {
  const tool = options.tools.get(call.name);
  if (!tool) return failure(`There is no tool "${call.name}". ${offer(options.tools)}`);
  const args = call.arguments.trim() === "" ? {} : parseJson(call.arguments);
  if (args === undefined)
    return failure("The arguments are not valid JSON. Call the tool again with a JSON object.");
  const checked = tool.check(args);
  if (!checked.ok)
    return failure(`The arguments do not fit the tool's schema: ${checked.problems.join("; ")}`);
  const result = await inTime(tool, checked.value, ctx, options);
  return { ...result, content: clip(result.content) };

  function failure(content: string): ToolResult {
    return { content: options.redact(content), isError: true };
  }
}

const offer = (tools: ReadonlyMap<string, Tool>): string =>
  tools.size === 0 ? "This agent has no tools." : `The tools are: ${[...tools.keys()].join(", ")}.`;

async function inTime(
  tool: Tool,
  input: unknown,
  ctx: ToolContext,
  { clock, timeoutMs: most }: ToolCallOptions,
): Promise<ToolResult> {
  const timeoutMs = tool.timeoutMs ?? most;
  const own = new AbortController();
  const signal = AbortSignal.any([ctx.signal, own.signal]);
  const giveUp = () => own.abort(new Error(`no result within ${timeoutMs / 1000} s`));
  const cancel = clock.after(timeoutMs, giveUp);
  try {
    return await Promise.race([tool.run(input, { ...ctx, signal }), stopped(signal, clock)]);
  } catch (thrown) {
    ctx.signal.throwIfAborted();
    const error = toError(own.signal.aborted ? own.signal.reason : thrown);
    ctx.log.debug({ tool: tool.name, error }, "tool failed");
    return { content: `The tool failed: ${error.message}`, isError: true };
  } finally {
    cancel();
  }
}

/** Rejects some time after the abort, so that a tool which heeds the signal can speak for itself. */
const stopped = (signal: AbortSignal, clock: Clock): Promise<never> =>
  new Promise((_, reject) => {
    const leave = () => clock.after(ABORT_GRACE_MS, () => reject(signal.reason));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });

const clip = (text: string): string =>
  text.length <= MAX_RESULT_CHARS
    ? text
    : `${text.slice(0, MAX_RESULT_CHARS)}\n[cut: ${text.length - MAX_RESULT_CHARS} more characters]`;
