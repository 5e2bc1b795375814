import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { sha256Of } from "../artefacts/tensor-ref.ts";
import type { Artifact } from "../targets/types.ts";
import {
  type DoneOf,
  type FileRef,
  type JobOf,
  REPLY_FORMAT,
  type RemoteArtifact,
  remoteArtifactSchema,
} from "./job.ts";
import { inFolder } from "./job-files.ts";
import { keptJson } from "./kept-json.ts";
import type { WorkDeps } from "./work-deps.ts";

/** Builds, or sends what the same model was built to before, for the same device and version of its engine. */
export async function buildJob(job: JobOf<"build">, deps: WorkDeps): Promise<DoneOf<"build">> {
  const kept = await keptFile(job, deps);
  const before = await keptJson(kept, remoteArtifactSchema(), ({ files }) => files, deps.client);
  if (before !== undefined) deps.progress(`built before for ${deps.target.name}`);
  const artifact = before ?? (await built(job, deps));
  if (before === undefined) {
    // Before it is sent: the sender may have gone while it was built.
    await mkdir(deps.folder, { recursive: true });
    await Bun.write(kept, JSON.stringify(artifact));
  }
  for (const { name, ...ref } of artifact.files) {
    deps.progress(`sending ${name}`);
    const file = await deps.client.cached(ref);
    if (file === undefined) throw new Error(`what was built is gone from the cache: ${name}`);
    await deps.client.put(file, ref, deps.world.signal);
  }
  return { format: REPLY_FORMAT, ok: true, kind: "build", artifact };
}

/** All that an engine depends on is in its name. */
async function keptFile(
  { model, precision, shapes, tensorrt }: JobOf<"build">,
  { target, world, folder }: WorkDeps,
): Promise<string> {
  const [here, { facts }] = await Promise.all([target.available(world), target.capabilities(world)]);
  const key = [
    target.name,
    here.available ? here.version : "",
    facts,
    model.map(({ name, sha256 }) => [name, sha256]),
    precision,
    Object.entries(shapes).sort(),
    [tensorrt?.workspaceMiB, tensorrt?.dlaCore, tensorrt?.level].map((option) => option ?? null),
  ];
  return join(folder, `build-${sha256Of(JSON.stringify(key))}.json`);
}

const built = (job: JobOf<"build">, deps: WorkDeps): Promise<RemoteArtifact> =>
  inFolder(job.model, deps, async (folder, modelFile) => {
    const { target, world, client, progress } = deps;
    progress(`building for ${target.name}`);
    const artifact = await target.build(
      modelFile,
      {
        precision: job.precision,
        outFile: join(folder, "built", target.artifactFile ?? "model.onnx"),
        shapes: new Map(Object.entries(job.shapes)),
        tensorrt: job.tensorrt,
        onLine: progress,
      },
      world,
    );
    const files: FileRef[] = [];
    for (const { path, sha256, bytes } of artifact.files) {
      await client.keepFile(path, { sha256, bytes });
      files.push({ sha256, bytes, name: basename(path) });
    }
    return told(artifact, files);
  });

const told = ({ precision, versions, kernels }: Artifact, files: FileRef[]): RemoteArtifact => ({
  precision,
  files,
  versions: { ...versions },
  ...(kernels && { kernels: { ...kernels, operators: { ...kernels.operators } } }),
});
