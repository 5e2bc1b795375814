import { join } from "node:path";
import { cacheFolder } from "../../base/cache-folder.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { pruneFolder } from "../../base/prune-folder.ts";
import { runProgram } from "../../base/run-program.ts";
import * as z from "../../base/zod.ts";
import { artefactClient } from "../../models/artefacts/client.ts";
import type { Running } from "../../models/artefacts/in-turn.ts";
import { TARGETS } from "../../models/targets/index.ts";
import type { World } from "../../models/targets/types.ts";
import { openWorld } from "../../models/targets/world.ts";
import { workUntilCancelled } from "../../models/worker/heed-cancellation.ts";
import { type Job, jobSchema } from "../../models/worker/job.ts";
import type { Check } from "../../runtime/ports/health.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import type { OpenTools, Setting, ToolSetup } from "../factory.ts";
import { zodTool } from "../zod-tool.ts";
import type { workerOptions } from "./options.ts";

type Options = z.output<ReturnType<typeof workerOptions>>;

/** All of a job is checked when it is worked: what is wrong with it is told in the sender's terms. */
const input = () =>
  z.looseObject({
    format: z.described(z.string(), "Of the job."),
    kind: z.described(z.string(), "describe, build, run or time."),
  });

const MIB = 2 ** 20;
/** For what was built, and what samples gave in jobs that were broken off: names of content, and little more. */
const JOBS_MIB = 64;
const DAY_MS = 86_400_000;
/** A job that was broken off is not taken up again later. */
const JOBS_DAYS = 30;
const CONTENT_DAYS = 90;
/** A sender hears of a job at least so often. */
const HEARTBEAT_MS = 5_000;
const CHECK_MS = 10_000;
const CHECK_EVERY_MS = 60_000;

export async function openWorkerTool(
  { name, options }: Setting<Options>,
  setup: ToolSetup,
): Promise<OpenTools> {
  const { env, baseDir, executable = "agent2389", clock = systemClock } = setup;
  const folder = join(cacheFolder(env, baseDir), "worker");
  const { target } = await TARGETS[options.target].load();
  const parts = { env, cacheDir: cacheFolder(env, baseDir), runProgram, self: [executable] as const };
  const world = (signal: AbortSignal): Promise<World> => openWorld({ ...parts, signal });

  const [content, jobs] = [join(folder, "content"), join(folder, "jobs")];
  const runningFolder = join(folder, "running");
  const running: Running = new Map();
  /** When the jobs that run have begun. */
  const working: number[] = [];

  async function work(job: Job, ctx: ToolContext): Promise<string> {
    const client = artefactClient({
      endpoint: job.artefacts,
      folder: content,
      maxBytes: options.max_fetch_mib * MIB,
      clock,
      running,
      ...(setup.fetch && { fetch: setup.fetch }),
    });
    const reply = await workUntilCancelled(job, {
      target,
      world: await world(ctx.signal),
      client,
      folder: jobs,
      runningFolder,
      progress: (message, count) => ctx.progress(message, count),
    });
    return JSON.stringify(reply);
  }

  /** What any job that still runs may have used stays. */
  async function prune(): Promise<void> {
    const now = clock.now();
    const keepSince = Math.min(now, ...working);
    const [maxContent, maxJobs] = [options.cache_mib * MIB, JOBS_MIB * MIB];
    const of = { now, keepSince };
    await pruneFolder(content, { ...of, maxBytes: maxContent, maxAgeMs: CONTENT_DAYS * DAY_MS });
    await pruneFolder(jobs, { ...of, maxBytes: maxJobs, maxAgeMs: JOBS_DAYS * DAY_MS });
    // Of workers that were killed: another one that shares the cache may be at work in its own.
    const longest = Math.max(DAY_MS, options.timeout_secs * 1000);
    await pruneFolder(runningFolder, { ...of, maxBytes: Number.POSITIVE_INFINITY, maxAgeMs: longest });
  }

  return {
    tools: [
      zodTool({
        name,
        description: "Works a job of 'deploy-model run --worker': builds a model, or runs one over samples.",
        input: input(),
        timeoutMs: options.timeout_secs * 1000,
        async run(given, ctx) {
          const parsed = jobSchema().safeParse(given);
          if (!parsed.success)
            throw new Error(`this is no job for a worker: ${z.prettifyError(parsed.error)}`);
          const begun = clock.now();
          working.push(begun);
          const beating = heartbeat(clock, () => ctx.progress(`still at it: ${parsed.data.kind}`));
          try {
            return { content: await work(parsed.data, ctx), metadata: { kind: parsed.data.kind } };
          } finally {
            beating.stop();
            working.splice(working.indexOf(begun), 1);
            await prune();
          }
        },
      }),
    ],
    check: remembered(clock, async () => {
      const found = await target.available(await world(AbortSignal.timeout(CHECK_MS)));
      return found.available ? { status: "healthy" } : { status: "degraded", message: found.reason };
    }),
  };
}

/** Asking a target may start a program: for a minute it is asked once, whoever wants to know. */
function remembered(clock: Clock, check: () => Promise<Check>): () => Promise<Check> {
  let [found, at]: [Promise<Check> | undefined, number] = [undefined, 0];
  return () => {
    if (found === undefined || clock.monotonic() - at > CHECK_EVERY_MS)
      [found, at] = [check(), clock.monotonic()];
    return found;
  };
}

function heartbeat(clock: Clock, beat: () => void): { stop(): void } {
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(HEARTBEAT_MS, () => {
      beat();
      next();
    });
  };
  next();
  return { stop: () => cancel() };
}
