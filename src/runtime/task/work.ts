import { toError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { envelopeSchema, type TaskEnvelope } from "../../protocol/envelope.ts";
import { type ErrorCode, TaskError, wireMessage } from "../../protocol/errors.ts";
import type { Outcome } from "../ports/metrics.ts";
import { ModelError } from "../ports/model.ts";
import type { JournalTask } from "../ports/store.ts";
import { answer } from "./answer.ts";
import { inTime, isTimeUp, type Job, openJob, type Work, type Workshop } from "./job.ts";
import { failed } from "./replies.ts";

/** A task, and its envelope where that has been read already. */
export interface TaskToWork extends JournalTask {
  envelope?: TaskEnvelope | undefined;
}

/**
 * Steps 7 to 9 of the nine (FR-014): works a task and says what is to be published. Whatever fails becomes an error
 * for the sender (FR-011); it rejects only when `abort` is used to hand the task back, with the reason that was given.
 * When the task's time is up it uses `abort` itself.
 */
export async function workTask(task: TaskToWork, shop: Workshop, abort: AbortController): Promise<Work> {
  const envelope = task.envelope ?? envelopeOf(task);
  if (!envelope) {
    // It was read when it was accepted: the journal is damaged, or a program with other rules wrote it.
    shop.log.error({ task: task.key }, "a task in the journal cannot be read; it is given up");
    return { outcome: "internal_error", publications: [] };
  }
  const job = openJob(envelope, shop, abort);
  const { log, report } = job;
  report("General", "TaskStart", "task started");
  shop.metrics.started();
  log.info({ attempt: task.attempt, waited_ms: shop.clock.now() - task.receivedAt }, "task started");
  const work = await attempt(task, job);
  const ms = job.elapsed();
  shop.metrics.finished(work.outcome, ms / 1000);
  shop.pulse.taskEnded(isFailure(work.outcome));
  log.info({ outcome: work.outcome, ...job.meter.usage(ms) }, "task done");
  return work;
}

const envelopeOf = ({ payload }: JournalTask): TaskEnvelope | undefined =>
  envelopeSchema.safeParse(parseJson(payload)).data;

/** What the sender did wrong is no failure of the agent. */
const isFailure = (outcome: Outcome): boolean =>
  outcome === "internal_error" || outcome === "llm_error" || outcome === "tool_execution_failed";

async function attempt(task: JournalTask, job: Job): Promise<Work> {
  const { shop, report, log, abort } = job;
  try {
    refuseHopeless(task, shop.runtime.max_attempts);
    const work = await inTime(job, () => answer(job));
    report("General", "TaskComplete", `task ${work.outcome}`);
    return work;
  } catch (thrown) {
    if (!isTimeUp(job)) abort.signal.throwIfAborted();
    const { code, message } = blame(thrown);
    const told = wireMessage(message, shop.redact);
    log.error({ error: toError(thrown), code }, "task failed");
    report("General", "TaskError", told, { code });
    return { outcome: code, publications: [failed(job, code, told)] };
  }
}

function refuseHopeless({ attempt }: JournalTask, most: number): void {
  if (attempt <= most) return;
  throw new TaskError(
    "internal_error",
    `the task was started ${attempt - 1} times and the agent ended each time; it is given up`,
  );
}

/** Only what was meant for the sender is told in words; of anything else just that it happened (RULE-002). */
function blame(thrown: unknown): { code: ErrorCode; message: string } {
  if (thrown instanceof TaskError) return { code: thrown.code, message: thrown.message };
  if (thrown instanceof ModelError) return { code: "llm_error", message: thrown.message };
  return { code: "internal_error", message: "the agent failed on this task; its log says more" };
}
