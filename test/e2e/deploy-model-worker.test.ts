import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentProcess, runAgent } from "../fault/agent-process.ts";
import { type Mosquitto, mosquitto } from "../peers/mosquitto.ts";
import { freePort } from "../peers/ports.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { standInTrtexec } from "../peers/trtexec.ts";
import { until } from "../peers/until.ts";
import { binary, type Running, runBinary, startBinary } from "./binary.ts";

/**
 * A model is deployed through a worker: the compiled program twice, as sender and as the worker's agent, a real Mosquitto
 * between them, and for the worker's trtexec THE STAND-IN of test/peers/trtexec.ts. No TensorRT and no GPU take part.
 */

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const MODEL = join(ROOT, "test/models/mnist/mnist.onnx");
const DIGITS = join(ROOT, "test/models/mnist/digits-images-idx3-ubyte.gz");
const DATA = ["--calibration-data", DIGITS, "--samples", "40", "--test-data", DIGITS, "--test-samples", "12"];

const dir = tempDir();
const log = join(dir.path, "trtexec.log");
const hold = join(dir.path, "hold");
let broker: Mosquitto;
let bin = "";

beforeAll(async () => {
  [broker] = await Promise.all([mosquitto(), binary()]);
  bin = await standInTrtexec(join(dir.path, "bin"), { TRTEXEC_LOG: log, TRTEXEC_HOLD: hold });
  mkdirSync(join(dir.path, "home"));
}, 120_000);
afterAll(async () => {
  await broker.stop();
  await dir[Symbol.asyncDispose]();
});

async function worker(id: string): Promise<{ start(): Promise<AgentProcess> }> {
  const healthPort = await freePort();
  const config = join(dir.path, `${id}.toml`);
  cpSync(join(ROOT, "config/agents/specialized/tensorrt-worker.toml"), config);
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: join(dir.path, "home"),
    WORKER_ID: id,
    MQTT_BROKER_URL: broker.url,
    HEALTH_PORT: `${healthPort}`,
    HEALTH_HOST: "127.0.0.1",
    AGENT2389_DATA_DIR: join(dir.path, `${id}-data`),
    XDG_CACHE_HOME: join(dir.path, `${id}-cache`),
    LOG_FORMAT: "json",
  };
  const files = { id, dir: dir.path, config, healthPort, env, remove() {} };
  return {
    async start() {
      const agent = runAgent(await binary(), files);
      await agent.ready();
      return agent;
    },
  };
}

const argsFor = (id: string, out: string): string[] => [
  "deploy-model",
  "run",
  MODEL,
  ...["--target", "jetson", "--worker", id, "--broker", broker.url],
  ...DATA,
  ...["--preprocess", "raw", "--runs", "5", "--tolerance", "5", "--out", out],
];

const env = () => ({ XDG_CACHE_HOME: join(dir.path, "sender-cache"), HOME: join(dir.path, "home") });
const runsOfEngines = () =>
  existsSync(log)
    ? readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.includes("--iterations=1 ")).length
    : 0;

/** Of the stand-in that is building now. */
const buildingPid = () =>
  until(
    "a build to have begun",
    () => {
      const last = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").at(-1)! : "";
      const pid = / # pid (\d+)$/.exec(last)?.[1];
      return last.includes("--onnx=") && pid !== undefined && isRunning(Number(pid))
        ? Number(pid)
        : undefined;
    },
    60_000,
  );

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a model goes to a worker over Mosquitto, whose trtexec is a stand-in", () => {
  test("it is built, run and measured there; the engine comes back", async () => {
    const agent = await (await worker("orin-1")).start();
    const out = join(dir.path, "out-1");
    const { code, stdout, stderr } = await runBinary(argsFor("orin-1", out), { env: env(), cwd: dir.path });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith("PASSED");
    expect(readdirSync(out).sort()).toEqual(
      [
        "calibration.cache",
        "manifest.json",
        "model.engine",
        "model.engine.json",
        "model.onnx",
        "report.html",
        "report.md",
        "result.json",
      ].sort(),
    );
    const result = await Bun.file(join(out, "result.json")).json();
    expect(result.target).toMatchObject({
      name: "jetson",
      versions: { tensorrt: "10.3.0", gpu: "Stand-in" },
    });
    expect(result.validation.samples).toHaveLength(12);
    expect(result.validation.deployed).toMatchObject({
      name: "int8, TensorRT 10.3.0",
      machine: expect.stringContaining("(orin-1)"),
      latency: { runs: 5 },
      deviceMemory: 3 * 2 ** 20,
    });
    // By the file of --exportLayerInfo: the first convolution of the two stays in float.
    expect(result.target.kernels).toMatchObject({ integer: 2, half: 0, float: 1 });
    // Neither folders of jobs, nor what was kept of the samples to go on with.
    const jobs = readdirSync(join(dir.path, "orin-1-cache/agent2389/worker/jobs"));
    expect(jobs.filter((name) => !name.startsWith("build-"))).toEqual([]);
    expect(readdirSync(join(dir.path, "orin-1-cache/agent2389/worker/running"))).toEqual([]);
    expect(await agent.kill("SIGTERM")).toBe(0);
  });

  test("kill -9 of the worker half way: the next start goes on, and no sample is run twice", async () => {
    const board = await worker("orin-2");
    const first = await board.start();
    const out = join(dir.path, "out-2");
    const before = runsOfEngines();
    let sender: Running | undefined;
    try {
      sender = await startBinary(argsFor("orin-2", out), { env: env(), cwd: dir.path });
      await until("some samples to have been run", () => runsOfEngines() - before >= 4, 60_000);
      writeFileSync(hold, "");
      await first.kill("SIGKILL");
      const ranBefore = runsOfEngines() - before;
      rmSync(hold);
      const second = await board.start();
      const { code, stdout, stderr } = await sender.ended;
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toStartWith("PASSED");
      expect(ranBefore).toBeLessThan(12);
      // All twelve once; the one that was being run when the worker was killed perhaps again.
      expect(runsOfEngines() - before).toBeWithin(12, 14);
      await second.kill("SIGTERM");
    } finally {
      rmSync(hold, { force: true });
      sender?.kill("SIGKILL");
    }
  });

  test("Ctrl-C of the sender ends trtexec on the worker, which then is ready for the next job", async () => {
    const board = await worker("orin-4");
    const agent = await board.start();
    const out = join(dir.path, "out-4");
    writeFileSync(`${hold}-build`, "");
    try {
      const sender = await startBinary(argsFor("orin-4", out), { env: env(), cwd: dir.path });
      const pid = await buildingPid();
      expect(isRunning(pid)).toBe(true);
      sender.kill("SIGINT");
      expect((await sender.ended).code).toBe(130);
      await until("trtexec to have ended", () => !isRunning(pid));
    } finally {
      rmSync(`${hold}-build`);
    }
    expect(existsSync(out)).toBe(false);
    const jobs = join(dir.path, "orin-4-cache/agent2389/worker/running");
    await until("the worker to have cleaned up", () => readdirSync(jobs).length === 0);
    const again = await runBinary(argsFor("orin-4", out), { env: env(), cwd: dir.path });
    expect({ code: again.code, stderr: again.code === 0 ? "" : again.stderr }).toEqual({
      code: 0,
      stderr: "",
    });
    expect(await agent.kill("SIGTERM")).toBe(0);
  });

  test("kill -9 of the sender as the worker builds: the same command is sent what was built", async () => {
    const agent = await (await worker("orin-6")).start();
    const out = join(dir.path, "out-6");
    const builds = () => readFileSync(log, "utf8").split("--saveEngine").length - 1;
    writeFileSync(`${hold}-build`, "");
    try {
      const sender = await startBinary(argsFor("orin-6", out), { env: env(), cwd: dir.path });
      await buildingPid();
      sender.kill("SIGKILL");
      await sender.ended;
    } finally {
      rmSync(`${hold}-build`);
    }
    const before = builds();
    const { code, stderr } = await runBinary([...argsFor("orin-6", out), "--verbose"], {
      env: env(),
      cwd: dir.path,
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stderr).toContain("built before for jetson");
    expect(builds()).toBe(before);
    expect(await agent.kill("SIGTERM")).toBe(0);
  });

  test("a worker that is stopped ends its trtexec and leaves no part of an engine; its next start goes on", async () => {
    const board = await worker("orin-5");
    const first = await board.start();
    writeFileSync(`${hold}-build`, "");
    const jobs = join(dir.path, "orin-5-cache/agent2389/worker/running");
    const sender = await startBinary(argsFor("orin-5", join(dir.path, "out-5")), {
      env: env(),
      cwd: dir.path,
    });
    try {
      const pid = await buildingPid();
      await first.kill("SIGTERM");
      expect(isRunning(pid)).toBe(false);
      expect(readdirSync(jobs)).toEqual([]);
    } finally {
      rmSync(`${hold}-build`);
    }
    const second = await board.start();
    const { code, stdout, stderr } = await sender.ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith("PASSED");
    await second.kill("SIGTERM");
  });

  test("a worker that is not there is said to be so, and nothing is left", async () => {
    const out = join(dir.path, "out-3");
    const { code, stderr } = await runBinary(argsFor("nobody", out), { env: env(), cwd: dir.path });
    expect(code).toBe(1);
    expect(stderr).toContain('the worker "nobody" is not available');
    expect(existsSync(out)).toBe(false);
  });
});

test("a bundle is made, run by its script on a machine with the stand-in, and read back", async () => {
  const out = join(dir.path, "bundled");
  const made = await runBinary(
    [
      ...["deploy-model", "run", MODEL, "--target", "jetson", "--bundle"],
      ...[...DATA, "--preprocess", "raw"],
      ...["--runs", "5", "--tolerance", "5", "--out", out],
    ],
    { env: env(), cwd: dir.path },
  );
  expect({ code: made.code, stderr: made.code === 0 ? "" : made.stderr }).toEqual({ code: 0, stderr: "" });
  expect(made.stderr).toContain("Not run on the device");
  const bundle = join(out, "bundle");
  const script = Bun.spawnSync(["sh", join(bundle, "run.sh")], {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: join(dir.path, "home") },
    cwd: "/",
  });
  expect({ code: script.exitCode, stderr: script.stderr.toString() }).toEqual({ code: 0, stderr: "" });
  rmSync(join(bundle, "results"), { recursive: true });
  const read = await runBinary(["deploy-model", "validate", "--bundle-results", bundle], {
    env: env(),
    cwd: dir.path,
  });
  expect({ code: read.code, stderr: read.code === 0 ? "" : read.stderr }).toEqual({ code: 0, stderr: "" });
  expect(read.stdout).toStartWith("PASSED");
});
