import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { counted } from "../../base/counted.ts";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import {
  type ContentRef,
  digestOf,
  sha256Of,
  type TensorRef,
  tensorsOf,
  valueOfBytes,
} from "../artefacts/tensor-ref.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { Feeds } from "../ort/types.ts";
import type { Artifact } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import { buildJob } from "./build-job.ts";
import {
  type DoneOf,
  type Job,
  type JobDone,
  type JobFailed,
  type JobOf,
  outcomeSchema,
  REPLY_FORMAT,
  type RemoteArtifact,
  type SampleOutcome,
  samplesSchema,
} from "./job.ts";
import { inFolder } from "./job-files.ts";
import { keptJson } from "./kept-json.ts";
import type { WorkDeps } from "./work-deps.ts";

/**
 * Works a job to its reply; what a person can mend is a reply too. Doing the same job again gives the same, and what was
 * done before is not done twice. Rejects with the signal's reason.
 */
export async function workJob(job: Job, deps: WorkDeps): Promise<JobDone | JobFailed> {
  try {
    const taken = takenBy(job);
    if (taken !== undefined) await deps.client.offered(taken, deps.world.signal);
    switch (job.kind) {
      case "describe":
        return await describe(deps);
      case "build":
        return await buildJob(job, deps);
      case "run":
        return await run(job, deps);
      case "time":
        return await time(job, deps);
    }
  } catch (thrown) {
    deps.world.signal.throwIfAborted();
    if (!(thrown instanceof ExpectedError)) throw thrown;
    const { message, where, hint } = thrown;
    const about = {
      ...(where !== undefined && { where: basename(where) }),
      ...(hint !== undefined && { hint }),
    };
    return {
      format: REPLY_FORMAT,
      ok: false,
      error: { message, ...about, model: thrown instanceof ModelFileError },
    };
  }
}

/** What the sender offers as long as it wants the job: one that has waited for others may have been given up meanwhile. */
function takenBy(job: Job): ContentRef | undefined {
  switch (job.kind) {
    case "describe":
      return undefined;
    case "build":
      return job.model[0];
    case "run":
      return job.samples;
    case "time":
      return job.feeds[0];
  }
}

const done = { format: REPLY_FORMAT, ok: true } as const;

async function describe({ target, world }: WorkDeps): Promise<DoneOf<"describe">> {
  const [found, { facts, precisions }] = await Promise.all([
    target.available(world),
    target.capabilities(world),
  ]);
  return {
    ...done,
    kind: "describe",
    available: found.available,
    version: found.available ? found.version : "",
    reason: found.available ? "" : found.reason,
    hint: found.available ? "" : found.hint,
    machine: world.machine.name,
    facts: facts.map(([name, value]): [string, string] => [name, value]),
    precisions: precisions.map(({ precision, note }) => ({ precision, note })),
  };
}

async function run(job: JobOf<"run">, deps: WorkDeps): Promise<DoneOf<"run">> {
  const { world, client, progress } = deps;
  const samples = await jsonOf(job.samples, samplesSchema(), deps);
  return withRunner(job.artifact, deps, async (runner) => {
    const outcomes: SampleOutcome[] = [];
    for (const [i, refs] of samples.entries()) {
      world.signal.throwIfAborted();
      outcomes.push(await outcomeOf(refs, job.artifact, runner, deps));
      progress(`ran ${i + 1} of ${counted(samples.length, "sample")}`, {
        done: i + 1,
        total: samples.length,
      });
    }
    const bytes = Buffer.from(JSON.stringify(outcomes));
    const ref = { sha256: sha256Of(bytes), bytes: bytes.length };
    await client.put(await client.keep(bytes, ref), ref, world.signal);
    // The sender has all of it now: what was kept for going on is of no more use.
    for (const refs of samples) await rm(keptFile(refs, job.artifact, deps), { force: true });
    return { ...done, kind: "run", ...ranOn(runner), outcomes: ref };
  });
}

function ranOn({ name, machine, deviceMemory }: Runner) {
  const memory = deviceMemory?.();
  return { name, machine, ...(memory !== undefined && { deviceMemory: memory }) };
}

/** What the sample gives, of an earlier try where there was one; its outputs are with the sender then. */
async function outcomeOf(
  refs: readonly TensorRef[],
  artifact: RemoteArtifact,
  runner: Runner,
  deps: WorkDeps,
): Promise<SampleOutcome> {
  const { client, world } = deps;
  const kept = keptFile(refs, artifact, deps);
  const before = await keptJson(kept, outcomeSchema(), ({ outputs }) => outputs, client);
  const outcome = before ?? (await ran(refs, runner, deps));
  await Bun.write(kept, JSON.stringify(outcome));
  for (const ref of outcome.outputs) await client.put((await client.cached(ref))!, ref, world.signal);
  return outcome;
}

/** Of what the sample gave, until the job is done. */
const keptFile = (
  refs: readonly TensorRef[],
  { files }: RemoteArtifact,
  { folder }: Pick<WorkDeps, "folder">,
): string => join(folder, `${files[0]!.sha256}-${digestOf(refs)}.json`);

async function ran(refs: readonly TensorRef[], runner: Runner, deps: WorkDeps): Promise<SampleOutcome> {
  const { outputs, ms } = await runner.run(await feedsOf(refs, deps));
  const tensors = tensorsOf(outputs);
  for (const { ref, bytes } of tensors) await deps.client.keep(bytes, ref);
  return { outputs: tensors.map(({ ref }) => ref), ms };
}

const time = (job: JobOf<"time">, deps: WorkDeps): Promise<DoneOf<"time">> =>
  withRunner(job.artifact, deps, async (runner) => {
    const { warmUp, runs } = job;
    const feeds = await feedsOf(job.feeds, deps);
    deps.progress(`timing ${counted(runs, "run")}`);
    const ms = (await runner.time?.(feeds, { warmUp, runs }, deps.world.signal)) ?? (await oneByOne());
    return { ...done, kind: "time", ...ranOn(runner), ms };

    async function oneByOne(): Promise<number[]> {
      const times: number[] = [];
      for (let i = 0; i < warmUp + runs; i++) times.push((await runner.run(feeds)).ms);
      return times.slice(warmUp);
    }
  });

async function feedsOf(refs: readonly TensorRef[], { client, world }: WorkDeps): Promise<Feeds> {
  const entries = await Promise.all(
    refs.map(async (ref) => {
      const file = await client.fetch(ref, world.signal);
      return [ref.name, valueOfBytes(ref, await Bun.file(file).bytes())] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function jsonOf<S extends z.ZodMiniType>(
  ref: ContentRef,
  schema: S,
  deps: WorkDeps,
): Promise<z.output<S>> {
  const file = await deps.client.fetch(ref, deps.world.signal);
  const parsed = schema.safeParse(parseJson(await Bun.file(file).text()));
  if (parsed.success) return parsed.data;
  throw new ExpectedError(`what was sent is not what the job says: ${z.prettifyError(parsed.error)}`);
}

async function withRunner<T>(
  { precision, files, versions }: RemoteArtifact,
  deps: WorkDeps,
  use: (runner: Runner) => Promise<T>,
): Promise<T> {
  const { target, world } = deps;
  return inFolder(files, deps, async (folder) => {
    const [first, ...rest] = files.map(({ name, bytes, sha256 }) => ({
      path: join(folder, name),
      bytes,
      sha256,
    }));
    const artifact: Artifact = { target: target.name, precision, files: [first!, ...rest], versions };
    const runner = await target.runner(artifact, {}, world);
    try {
      return await use(runner);
    } finally {
      await runner.close();
    }
  });
}
