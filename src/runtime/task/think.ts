import { gatherDeltas } from "./deltas.ts";
import { isTimeUp, type Job } from "./job.ts";
import { type LoopResult, runLoop } from "./loop.ts";
import { taskMessages } from "./prompt.ts";
import type { ReportProgress } from "./reporter.ts";
import { toolCaller } from "./tool-caller.ts";

const DELTA_EVERY_MS = 100;

/** Step 7: model and tools in turn. When the task's time is up, the result is what was written until then. */
export async function think(job: Job): Promise<LoopResult> {
  const { shop, envelope, meter, log, abort } = job;
  const { model, clock, output } = shop;
  const deltas = gatherDeltas(clock, DELTA_EVERY_MS, (delta, restart) =>
    job.report("LLM", "Processing", "writing", { delta, ...(restart && { restart }) }),
  );
  /** The text so far comes before what else happens. */
  const report: ReportProgress = (...event) => {
    deltas.flush();
    job.report(...event);
  };
  let written = "";
  const onDelta = (piece: string | undefined) => {
    written = piece === undefined ? "" : written + piece;
    if (envelope.stream) deltas.add(piece);
  };
  const messages = taskMessages(shop.systemPrompt, envelope);
  const input = { messages, tools: [...job.tools.values()], ...(output && { output }) };
  const callTool = toolCaller(job, report);
  try {
    return await runLoop(input, { model, clock, meter, signal: abort.signal, report, callTool, onDelta });
  } catch (thrown) {
    if (!isTimeUp(job)) throw thrown;
    log.warn({}, "the task's time is up");
    meter.spend(undefined); // the call that was cut off cost something, and nobody says how much
    return { text: written, stop: meter.timedOut(), allToolsFailed: false };
  } finally {
    deltas.flush();
  }
}
