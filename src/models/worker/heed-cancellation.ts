import { type Job, type JobDone, type JobFailed, REPLY_FORMAT } from "./job.ts";
import type { WorkDeps } from "./work-deps.ts";
import { workJob } from "./work-job.ts";

/**
 * Works a job until the sender cancels it: the programs that it runs are ended then, what they had begun to write is removed,
 * and what samples gave is kept. A sender that cannot be reached has not cancelled anything.
 */
export async function workUntilCancelled(job: Job, deps: WorkDeps): Promise<JobDone | JobFailed> {
  const { world, client } = deps;
  const [cancelled, over] = [new AbortController(), new AbortController()];
  const watching = client
    .cancelled(AbortSignal.any([world.signal, over.signal]))
    .then((told) => told && cancelled.abort(new Error("the sender has cancelled the job")));
  const signal = AbortSignal.any([world.signal, cancelled.signal]);
  try {
    return await workJob(job, { ...deps, world: { ...world, signal } });
  } catch (thrown) {
    if (!cancelled.signal.aborted || world.signal.aborted) throw thrown;
    const { message } = cancelled.signal.reason as Error;
    return { format: REPLY_FORMAT, ok: false, error: { message, model: false } };
  } finally {
    over.abort();
    await watching;
  }
}
