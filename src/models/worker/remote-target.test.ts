import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { standInTrtexec } from "../../../test/peers/trtexec.ts";
import { systemClock } from "../../base/clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import { type ArtefactClient, artefactClient } from "../artefacts/client.ts";
import { type ArtefactServer, serveArtefacts } from "../artefacts/server.ts";
import { type ContentRef, sha256Of } from "../artefacts/tensor-ref.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { writeModel } from "../onnx/write-model.ts";
import { jetsonTarget } from "../targets/jetson/index.ts";
import { contractModel, testModelTarget } from "../targets/target-contract.fixture.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { JOB_FORMAT, type JobFailed, jobSchema, replySchema } from "./job.ts";
import type { WorkerLink } from "./link.ts";
import { remoteTarget } from "./remote-target.ts";
import { workJob } from "./work-job.ts";

/** The worker's side in this process: jobs and replies as JSON, content by HTTP, and trtexec a stand-in. */

const dir = tempDir();
const local = jetsonTarget({ programs: [], libraries: [], release: "/nowhere" });
let server: ArtefactServer;
/** In place of what the worker's client does, and of what the sender offers. */
let putting: ArtefactClient["put"] | undefined;
let offering: (() => Promise<ContentRef>) | undefined;
/** What trtexec was started with. */
const started = () => Bun.file(join(dir.path, "log")).text();

const link = (path: () => string): WorkerLink => ({
  agent: "worker-1",
  async ask(body, { onLine, onCount, signal } = {}) {
    signal?.throwIfAborted();
    const artefacts = { url: server.url, token: server.token };
    const job = jobSchema().parse(JSON.parse(JSON.stringify({ format: JOB_FORMAT, artefacts, ...body })));
    const client = artefactClient({
      endpoint: artefacts,
      folder: join(dir.path, "content"),
      maxBytes: 1e8,
      clock: systemClock,
    });
    const env = { PATH: `${path()}:/usr/bin:/bin`, HOME: dir.path };
    const reply = await workJob(job, {
      target: local,
      world: await testWorld(join(dir.path, "worker-cache"), { env, ...(signal && { signal }) }),
      client: { ...client, ...(putting && { put: putting }) },
      folder: join(dir.path, "jobs"),
      runningFolder: join(dir.path, "running"),
      progress: (message, count) => (count ? onCount?.(count.done, count.total) : onLine?.(message)),
    });
    const told = replySchema().parse(JSON.parse(JSON.stringify(reply)));
    if (told.ok) return told as never;
    throw failed(told);
  },
});

function failed({ error: { message, model } }: JobFailed): ExpectedError {
  return model ? new ModelFileError(message) : new ExpectedError(message);
}

let bin = "";
beforeAll(async () => {
  bin = await standInTrtexec(join(dir.path, "bin"), { TRTEXEC_LOG: join(dir.path, "log") });
  server = await serveArtefacts({
    host: "127.0.0.1",
    port: 0,
    folder: join(dir.path, "served"),
    maxUploadBytes: 1e8,
  });
});
afterAll(async () => {
  await server.stop();
  await dir[Symbol.asyncDispose]();
});

const artefacts = (): ArtefactServer => ({ ...server, url: server.url });
const target = remoteTarget(
  local,
  link(() => bin),
  {
    get url() {
      return server.url;
    },
    get token() {
      return server.token;
    },
    offer: (file) => offering?.() ?? server.offer(file),
    offerBytes: (bytes) => server.offerBytes(bytes),
    file: (sha256) => server.file(sha256),
    forget: (sha256) => server.forget(sha256),
    cancel: async () => {},
    stop: async () => {},
  },
);

testModelTarget(target);

/** A model in a folder of its own, and how it is to be built there. */
async function aModel() {
  const own = tempDir();
  const modelFile = join(own.path, "net.onnx");
  await writeModel(contractModel(), modelFile);
  const shapes = new Map([["image", [1, 3, 8, 8]]]);
  const options = { precision: "fp32", outFile: join(own.path, "model.engine"), shapes } as const;
  const world = await testWorld(join(own.path, "cache"));
  return { world, modelFile, options, [Symbol.asyncDispose]: own[Symbol.asyncDispose] };
}

describe("a job that was broken off", () => {
  test("goes on where it was: no sample is run twice", async () => {
    await using own = await aModel();
    const { world, modelFile, options } = own;
    const artifact = await target.build(modelFile, options, world);
    const feeds = (seed: number) => ({
      image: { type: "float" as const, dims: [1, 3, 8, 8], data: new Float32Array(192).fill(seed) },
    });
    const runs = async () => (await started()).split("--loadEngine").length - 1;
    const before = await runs();
    const samples = { count: 3, read: async (i: number) => ({ feeds: feeds(i) }) };
    const stop = new AbortController();
    const broken = await target.runner(artifact, {}, world);
    const progress = (done: number) => done === 2 && stop.abort(new Error("gone"));
    await expect(broken.prepare!(samples, { signal: stop.signal, progress })).rejects.toThrow("gone");
    const again = await target.runner(artifact, {}, world);
    await again.prepare!(samples, {});
    const { outputs } = await again.run(feeds(2));
    expect(outputs["scores"]!.dims).toEqual([1, 4]);
    expect((await runs()) - before).toBe(3);
    expect(again.machine).toContain("(worker-1)");
    expect(again.deviceMemory!()).toBe(3 * 2 ** 20);
    // Neither folders of jobs, nor what was kept of the samples to go on with.
    const left = await readdir(join(dir.path, "jobs"));
    expect(left.filter((name) => !name.startsWith("build-"))).toEqual([]);
    expect(await readdir(join(dir.path, "running"))).toEqual([]);
  });
});

test("what was built before is not built again, for the same device", async () => {
  await using own = await aModel();
  const { world, modelFile, options } = own;
  const builds = async () => (await started()).split("--saveEngine").length - 1;
  const first = await target.build(modelFile, options, world);
  const before = await builds();
  const lines: string[] = [];
  const again = await target.build(modelFile, { ...options, onLine: (line) => lines.push(line) }, world);
  expect(again).toEqual(first);
  expect(await builds()).toBe(before);
  expect(lines).toContain("built before for jetson");
  await target.build(modelFile, { ...options, tensorrt: { level: 1 } }, world);
  expect(await builds()).toBe(before + 1);
  // What is gone from the cache is built again.
  await rm(join(dir.path, "content", again.files[0].sha256));
  await target.build(modelFile, options, world);
  expect(await builds()).toBe(before + 2);
});

test("what was built for a sender that has gone meanwhile is kept for the next one", async () => {
  await using own = await aModel();
  const { world, modelFile } = own;
  const options = { ...own.options, tensorrt: { level: 2 } };
  const builds = async () => (await started()).split("--saveEngine").length - 1;
  const before = await builds();
  putting = () => Promise.reject(new ExpectedError("the sender has gone"));
  await expect(target.build(modelFile, options, world)).rejects.toThrow("the sender has gone");
  putting = undefined;
  await target.build(modelFile, options, world);
  expect(await builds()).toBe(before + 1);
});

test("nothing is begun for a sender that has gone, though all that it takes is here", async () => {
  await using own = await aModel();
  const { world, modelFile, options } = own;
  await target.build(modelFile, options, world);
  const before = await started();
  offering = async () => ({
    sha256: sha256Of(await Bun.file(modelFile).bytes()),
    bytes: Bun.file(modelFile).size,
  });
  await server.forget((await offering()).sha256);
  const other = { ...options, tensorrt: { level: 3 } };
  await expect(target.build(modelFile, other, world)).rejects.toThrow("not there any more");
  offering = undefined;
  expect((await started()).slice(before.length)).not.toContain("--saveEngine");
});

test("a worker without trtexec says so", async () => {
  const other = remoteTarget(
    local,
    link(() => "/nowhere"),
    artefacts(),
  );
  expect(await other.available(await testWorld(dir.path))).toMatchObject({
    available: false,
    reason: "on worker-1, there is no trtexec on this machine",
  });
});

describe("a hostile sender or worker", () => {
  const ref = { sha256: "0".repeat(64), bytes: 1 };
  test.each(["../model.onnx", "/etc/passwd", "a/b", "..", "", "a\0b"])("no file is called %p", (name) => {
    const job = {
      format: JOB_FORMAT,
      artefacts: { url: "http://127.0.0.1:1", token: "t" },
      kind: "build",
      precision: "int8",
      model: [{ ...ref, name }],
      shapes: {},
    };
    expect(jobSchema().safeParse(job).success).toBe(false);
    expect(jobSchema().safeParse({ ...job, model: [{ ...ref, name: "m.onnx" }] }).success).toBe(true);
    expect(
      jobSchema().safeParse({
        ...job,
        model: [{ ...ref, name: "m" }],
        artefacts: { url: "file:///etc", token: "t" },
      }).success,
    ).toBe(false);
  });
});
