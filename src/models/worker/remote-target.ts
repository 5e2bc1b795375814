import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import type { ArtefactServer } from "../artefacts/server.ts";
import {
  type ContentRef,
  digestOf,
  type TensorRef,
  tensorsOf,
  valueOfBytes,
} from "../artefacts/tensor-ref.ts";
import { externalFiles } from "../onnx/external-files.ts";
import { readModel } from "../onnx/read-model.ts";
import type { Feeds } from "../ort/types.ts";
import type { Artifact, ArtifactFile, Capabilities, ModelTarget } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import { type FileRef, outcomeSchema, type RemoteArtifact, type SampleOutcome } from "./job.ts";
import type { WorkerLink } from "./link.ts";

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
  const ran = new Map<string, SampleOutcome>();
  let on = { name: `${built.precision}, ${built.target}`, machine: link.agent };

  async function runAll(samples: TensorRef[][], hooks: Parameters<NonNullable<Runner["prepare"]>>[1]) {
    const list = await artefacts.offerBytes(JSON.stringify(samples));
    const job = { kind: "run", artifact, samples: list } as const;
    const { outcomes, name, machine } = await link.ask(job, {
      signal: hooks.signal,
      onCount: hooks.progress,
    });
    on = { name, machine: `${machine} (${link.agent})` };
    const found = z
      .array(outcomeSchema())
      .safeParse(parseJson(await Bun.file(contentOf(outcomes, artefacts)).text()));
    if (found.data?.length !== samples.length) throw new ExpectedError("the worker's results cannot be read");
    for (const [i, outcome] of found.data.entries()) ran.set(digestOf(samples[i]!), outcome);
  }

  return {
    get name() {
      return on.name;
    },
    get machine() {
      return on.machine;
    },
    bytes: built.files.reduce((sum, { bytes }) => sum + bytes, 0),
    async prepare(samples, hooks) {
      const all: TensorRef[][] = [];
      for (let i = 0; i < samples.count; i++) {
        hooks.signal?.throwIfAborted();
        all.push(await offerFeeds((await samples.read(i)).feeds, artefacts));
      }
      await runAll(all, hooks);
    },
    async run(feeds) {
      const refs = await offerFeeds(feeds, artefacts);
      if (!ran.has(digestOf(refs))) await runAll([refs], {});
      const { outputs, ms } = ran.get(digestOf(refs))!;
      return { outputs: await valuesOf(outputs, artefacts), ms };
    },
    async time(feeds, { warmUp, runs }, signal) {
      const job = {
        kind: "time",
        artifact,
        feeds: await offerFeeds(feeds, artefacts),
        warmUp,
        runs,
      } as const;
      const { ms, name } = await link.ask(job, { signal });
      on = { ...on, name };
      return ms;
    },
    async close() {},
  };
}

async function offerFeeds(feeds: Feeds, artefacts: ArtefactServer): Promise<TensorRef[]> {
  const tensors = tensorsOf(feeds);
  for (const { ref, bytes } of tensors) if (!artefacts.file(ref.sha256)) await artefacts.offerBytes(bytes);
  return tensors.map(({ ref }) => ref);
}

async function valuesOf(refs: readonly TensorRef[], artefacts: ArtefactServer): Promise<Feeds> {
  const values = refs.map(async (ref) => {
    const bytes = await Bun.file(contentOf(ref, artefacts)).bytes();
    return [ref.name, valueOfBytes(ref, bytes)] as const;
  });
  return Object.fromEntries(await Promise.all(values));
}
