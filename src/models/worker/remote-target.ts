import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import type { ArtefactServer } from "../artefacts/server.ts";
import { type ContentRef, type TensorRef, valueOfBytes } from "../artefacts/tensor-ref.ts";
import { externalFiles } from "../onnx/external-files.ts";
import { readModel } from "../onnx/read-model.ts";
import type { Feeds } from "../ort/types.ts";
import type { Artifact, ArtifactFile, Capabilities, ModelTarget } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import { type FileRef, outcomeSchema, type RemoteArtifact, type SampleOutcome } from "./job.ts";
import type { JobHooks, WorkerLink } from "./link.ts";
import { offerFeeds, sampleBatches } from "./sample-batches.ts";

/** The target `local` as a worker elsewhere has it: what it builds and runs is built and run there. */
export function remoteTarget(local: ModelTarget, link: WorkerLink, artefacts: ArtefactServer): ModelTarget {
  return {
    name: local.name,
    summary: `${local.summary}, on the worker ${link.agent}`,
    ...(local.artifactFile !== undefined && { artifactFile: local.artifactFile }),
    profile: local.profile,
    async available() {
      const { available, version, reason, hint } = await link.ask({ kind: "describe" });
      return available ? { available, version } : { available, reason: `on ${link.agent}, ${reason}`, hint };
    },
    async capabilities(): Promise<Capabilities> {
      const { precisions, facts } = await link.ask({ kind: "describe" });
      return { precisions, facts: [["worker", link.agent], ...facts] };
    },
    async build(modelFile, { precision, outFile, shapes, tensorrt, onLine }, { signal }) {
      signal.throwIfAborted();
      const model = await offerModel(modelFile, artefacts);
      const job = { kind: "build", precision, model, shapes: plain(shapes), tensorrt } as const;
      const { artifact } = await link.ask(job, { onLine, signal });
      return { target: local.name, ...artifact, files: await fetchBuilt(artifact, outFile, artefacts) };
    },
    async runner(artifact) {
      return remoteRunner(artifact, link, artefacts);
    },
  };
}

const plain = (shapes: ReadonlyMap<string, readonly number[]> = new Map()): Record<string, number[]> =>
  Object.fromEntries([...shapes].map(([name, dims]) => [name, [...dims]]));

/** The model, and the files beside it that hold its weights. */
async function offerModel(modelFile: string, artefacts: ArtefactServer): Promise<FileRef[]> {
  const beside = externalFiles(await readModel(modelFile)).map((name) => join(dirname(modelFile), name));
  const files: FileRef[] = [];
  for (const file of [modelFile, ...beside])
    files.push({ ...(await artefacts.offer(file)), name: basename(file) });
  return files;
}

/** What the worker has put here, under the names that the pipeline wants; SHA-256 and size were checked on the way. */
async function fetchBuilt(
  { files }: RemoteArtifact,
  outFile: string,
  artefacts: ArtefactServer,
): Promise<[ArtifactFile, ...ArtifactFile[]]> {
  const main = files[0]!.name;
  await mkdir(dirname(outFile), { recursive: true });
  const placed = await Promise.all(
    files.map(async ({ name, sha256, bytes }): Promise<ArtifactFile> => {
      if (!name.startsWith(main))
        throw new ExpectedError(`the worker built a file of a strange name: ${name}`);
      const path = `${outFile}${name.slice(main.length)}`;
      await copyFile(contentOf({ sha256, bytes }, artefacts), `${path}.partial`);
      return { path, bytes, sha256 };
    }),
  ).catch(async (thrown: unknown) => {
    for (const { name } of files) await rm(`${outFile}${name.slice(main.length)}.partial`, { force: true });
    throw thrown;
  });
  for (const { path } of placed.toReversed()) await rename(`${path}.partial`, path);
  return placed as [ArtifactFile, ...ArtifactFile[]];
}

function contentOf({ sha256 }: ContentRef, artefacts: ArtefactServer): string {
  const file = artefacts.file(sha256);
  if (file !== undefined) return file;
  throw new ExpectedError("the worker names content that it has not sent", { where: `sha256:${sha256}` });
}

async function remoteRunner(built: Artifact, link: WorkerLink, artefacts: ArtefactServer): Promise<Runner> {
  const artifact: RemoteArtifact = {
    precision: built.precision,
    versions: { ...built.versions },
    files: await Promise.all(
      built.files.map(async ({ path }) => ({ ...(await artefacts.offer(path)), name: basename(path) })),
    ),
  };
  let on: { name: string; machine: string; deviceMemory?: number | undefined } = {
    name: `${built.precision}, ${built.target}`,
    machine: link.agent,
  };

  async function runOnWorker(samples: TensorRef[][], hooks: JobHooks): Promise<SampleOutcome[]> {
    const list = await artefacts.offerBytes(JSON.stringify(samples));
    const job = { kind: "run", artifact, samples: list } as const;
    const { outcomes, name, machine, deviceMemory } = await link.ask(job, hooks);
    on = { name, machine: `${machine} (${link.agent})`, deviceMemory };
    const found = z
      .array(outcomeSchema())
      .safeParse(parseJson(await Bun.file(contentOf(outcomes, artefacts)).text()));
    if (found.data?.length !== samples.length) throw new ExpectedError("the worker's results cannot be read");
    for (const { sha256 } of [list, outcomes, ...samples.flat()]) await artefacts.forget(sha256);
    return found.data;
  }
  const batches = sampleBatches(artefacts, runOnWorker);

  return {
    get name() {
      return on.name;
    },
    get machine() {
      return on.machine;
    },
    bytes: built.files.reduce((sum, { bytes }) => sum + bytes, 0),
    prepare: (samples, hooks) => batches.begin(samples, hooks),
    async run(feeds) {
      const { outputs, ms } = await batches.outcomeOf(feeds);
      const values = await valuesOf(outputs, artefacts);
      for (const { sha256 } of outputs) if (!batches.waitsFor(sha256)) await artefacts.forget(sha256);
      return { outputs: values, ms };
    },
    async time(feeds, { warmUp, runs }, signal) {
      const job = {
        kind: "time",
        artifact,
        feeds: await offerFeeds(feeds, artefacts),
        warmUp,
        runs,
      } as const;
      const { ms, name, deviceMemory = on.deviceMemory } = await link.ask(job, { signal });
      on = { ...on, name, deviceMemory };
      return ms;
    },
    deviceMemory: () => on.deviceMemory,
    async close() {},
  };
}

async function valuesOf(refs: readonly TensorRef[], artefacts: ArtefactServer): Promise<Feeds> {
  const values = refs.map(async (ref) => {
    const bytes = await Bun.file(contentOf(ref, artefacts)).bytes();
    return [ref.name, valueOfBytes(ref, bytes)] as const;
  });
  return Object.fromEntries(await Promise.all(values));
}
