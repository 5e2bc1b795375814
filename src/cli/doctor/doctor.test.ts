import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { testCa } from "../../../test/peers/certificates.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { Model } from "../../runtime/ports/model.ts";
import type { ToolBox } from "../../tools/open-tools.ts";
import { memoryBroker } from "../../transport/memory.fixture.ts";
import { brokerWith, onBroker, stillClock } from "../client/testing.fixture.ts";
import { capture, runCli, type TestWorld } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";
import { services as real, type Services } from "../services.ts";

const program = programNamed("agent2389");
const dir = mkdtempSync(join(tmpdir(), "doctor-"));
const file = join(dir, "agent.toml");
const config = (more = "") => `[agent]
id = "patient"

[llm]
provider = "openai"
model = "gpt-4o-mini"
system_prompt = "Answer."

[server]
port = 0
${more}`;

beforeEach(() => writeFileSync(file, config()));
afterAll(() => rmSync(dir, { recursive: true }));

const model =
  (verify: Model["verify"]): Services["openModel"] =>
  async () => ({
    id: "openai/gpt-4o-mini",
    verify,
    chat: () => Promise.reject(new Error("doctor must not spend tokens")),
  });

function toolBox(checks: Awaited<ReturnType<ToolBox["checks"]>>, onClose = () => {}): ToolBox {
  const tool = { name: "file_read", description: "", parameters: {}, run: async () => ({ content: "" }) };
  return {
    tools: [{ ...tool, check: (value) => ({ ok: true, value }) }],
    checks: async () => checks,
    close: async () => onClose(),
  };
}

const healthy: Partial<Services> = {
  loadConfig: real.loadConfig,
  fetch: real.fetch,
  openModel: model(async () => {}),
  openTools: async () => toolBox({ file_read: { status: "healthy" } }),
  ...onBroker(memoryBroker()),
};

const env = { OPENAI_API_KEY: "sk-test-0123456789abcdef", AGENT2389_DATA_DIR: join(dir, "data") };

const doctor = (services: Partial<Services> = {}, argv: string[] = [], world: TestWorld = {}) =>
  runCli(program, ["doctor", file, ...argv], {
    env,
    clock: stillClock,
    ...world,
    services: { ...healthy, ...services },
  });

test("says so when everything is there", async () => {
  const { code, stdout, stderr } = await doctor();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.replace(/, [\d,]+ MiB free/, ", N MiB free")).toBe(`${file} (patient)
  ✓ config  valid
  ✓ broker  mqtt://localhost:1883 lets everybody in
  ✓ status  sent every 900 s; routers of the peer implementation forget an agent after 15 s, but none is here
  ✓ model   openai/gpt-4o-mini can be asked
  ✓ tools   file_read
  ✓ data    ${dir}/data/patient, N MiB free
  ✓ port    any free one on 0.0.0.0

Everything is there.
`);
});

describe("what is missing is told with its remedy, and ends with status 1", () => {
  test("the config", async () => {
    writeFileSync(file, config().replace("model =", "modle ="));
    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain(`✗ config  ${file}:6:1: llm.modle: unknown key`);
    expect(stdout).toContain('→ did you mean "model"?');
    expect(stdout).not.toContain("broker");
  });

  test("variables that are not set are warnings", async () => {
    const { code, stdout } = await doctor({}, [], { env: { ...env, OPENAI_API_KEY: "" } });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "! config  the environment variable OPENAI_API_KEY, which this config needs, is not set.",
    );
    expect(stdout).toContain("Everything is there, 1 warning.");
    const unset = new ExpectedError("no API key: the environment variable OPENAI_API_KEY is not set");
    const failed = await doctor({ openModel: model(() => Promise.reject(unset)) }, [], {
      env: { ...env, OPENAI_API_KEY: "" },
    });
    expect(failed.stdout).toContain("1 thing to mend.\n"); // and not the same again as a warning
  });

  test("the broker", async () => {
    writeFileSync(file, config('[mqtt]\nbroker_url = "mqtt://127.0.0.1:1"'));
    const { code, stdout } = await doctor({ openTransport: real.openTransport });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "✗ broker  cannot reach the broker at mqtt://127.0.0.1:1: nothing listens there\n" +
        "            → Start one (agent2389 broker), or name another: MQTT_BROKER_URL or [mqtt] broker_url. 'agent2389 up' brings its own.\n",
    );
    expect(stdout).toContain("1 thing to mend.");
  });

  test("the broker's certificate", async () => {
    const { cert, key } = await (await testCa(dir)).issue("IP:127.0.0.1");
    const server = createServer({ cert, key });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    writeFileSync(file, config(`[mqtt]\nbroker_url = "mqtts://127.0.0.1:${port}"`));
    const { stdout } = await doctor({ openTransport: real.openTransport });
    server.close();
    expect(stdout).toContain("its certificate authority is not trusted (give it with [mqtt] ca_file)\n");
    expect(stdout).toContain("→ Look at ca_file of [mqtt], and at the host in broker_url.\n");
  });

  test("the model: its key, or that it does not answer in time", async () => {
    const rejects = await doctor({
      openModel: model(() =>
        Promise.reject(new ExpectedError("the key is wrong", { where: "llm", hint: "Set it." })),
      ),
    });
    expect(rejects.stdout).toContain("✗ model   the key is wrong (llm)\n            → Set it.\n");
    const hangs = await doctor({ openModel: model(() => new Promise(() => {})) }, ["--timeout", "0.1"]);
    expect(hangs.code).toBe(1);
    expect(hangs.stdout).toContain("✗ model   no answer within 0.1 s");
  });

  test("the tools: those that cannot be opened, and those that are not well; they are closed again", async () => {
    const refused = new ExpectedError("search has no key", { hint: "Set SERPER_API_KEY." });
    const { stdout } = await doctor({ openTools: () => Promise.reject(refused) });
    expect(stdout).toContain("✗ tools   search has no key\n            → Set SERPER_API_KEY.\n");
    let closed = 0;
    const box = toolBox(
      { a: { status: "degraded", message: "slow" }, b: { status: "unhealthy", message: "gone" } },
      () => closed++,
    );
    const sick = await doctor({ openTools: async () => box });
    expect(sick.stdout).toContain("! tools   a: slow\n  ✗ tools   b: gone\n");
    expect(closed).toBe(1);
  });

  test("the data folder", async () => {
    const { code, stdout } = await doctor({}, [], {
      env: { ...env, AGENT2389_DATA_DIR: "/proc/agent2389-cannot-be-made" },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✗ data {4}\/proc\/agent2389-cannot-be-made\/patient cannot be written to \(\w+\)/,
    );
    expect(stdout).toContain("or name another folder: AGENT2389_DATA_DIR.");
  });

  test("the port: free, taken, taken by another agent, taken by this one", async () => {
    let agent: string | undefined;
    const other = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => (agent ? Response.json({ agent_id: agent }) : new Response("hello")),
    });
    const { port } = other;
    writeFileSync(file, config().replace("port = 0", `host = "127.0.0.1"\nport = ${port}`));
    const lines = async () => (await doctor()).stdout;
    expect(await lines()).toContain(`✗ port    port ${port} on 127.0.0.1 is already in use`);
    agent = "somebody";
    expect(await lines()).toContain(`✗ port    127.0.0.1:${port} is taken by the agent "somebody"`);
    agent = "patient";
    expect(await lines()).toContain(`! port    127.0.0.1:${port} is taken: this agent runs already`);
    await other.stop(true);
    expect(await lines()).toContain(`✓ port    127.0.0.1:${port} is free`);
  });
});

describe("how often the agent says that it is there", () => {
  const peer = { id: "theirs", status: { timestamp: "2026-01-02T03:04:00Z" } };
  const ours = { id: "ours", status: { heartbeat_interval_secs: 900 } };
  const gone = { id: "gone", status: { status: "unavailable" } };

  test("is told with what the peer implementation makes of it, where its agents are", async () => {
    const { code, stdout } = await doctor(onBroker(brokerWith(peer, ours, gone)));
    expect(code).toBe(0);
    expect(stdout).toContain(
      "! status  sent every 900 s, but routers of the peer implementation forget an agent after 15 s, and theirs may be of it\n" +
        "            → To be found by them at any time: [mqtt] heartbeat_interval_secs = 10.\n",
    );
  });

  test("is well when they cannot forget it in between, or are not there", async () => {
    expect((await doctor(onBroker(brokerWith(ours, gone)))).stdout).toContain("but none is here\n");
    writeFileSync(file, config("[mqtt]\nheartbeat_interval_secs = 15"));
    const { stdout } = await doctor(onBroker(brokerWith(peer)));
    expect(stdout).toContain("✓ status  sent every 15 s\n");
  });

  test("where the broker lets nobody read statuses, only who routes is missing something", async () => {
    const broker = memoryBroker();
    const openTransport: Services["openTransport"] = async ({ clientId }) => ({
      ...broker.client({ clientId }),
      subscribe: () => Promise.reject(new Error("the broker refuses the subscription")),
    });
    expect((await doctor({ openTransport })).code).toBe(0);
    const routing = '[routing]\nstrategy = "llm"\n[routing.llm]\nprovider = "openai"\nmodel = "gpt-4o-mini"';
    writeFileSync(file, config(routing));
    const { code, stdout } = await doctor({ openTransport });
    expect(code).toBe(1);
    expect(stdout).toContain("✗ status  the broker refuses the subscription\n");
  });
});

test("an existing folder is looked at, and left as it was", async () => {
  const data = join(dir, "data", "patient");
  mkdirSync(data, { recursive: true });
  chmodSync(data, 0o700);
  expect((await doctor()).code).toBe(0);
  expect([...new Bun.Glob("**").scanSync({ cwd: data, dot: true })]).toEqual([]);
});

test("secrets are masked in what is told", async () => {
  const { stdout } = await doctor({
    openModel: model(() => Promise.reject(new ExpectedError(`401 for ${env.OPENAI_API_KEY}`))),
  });
  expect(stdout).toContain("401 for [redacted]");
});

test("several configs, and JSON for programs", async () => {
  const { code, stdout } = await doctor({}, ["writer", "--json"]);
  expect(code).toBe(0);
  const [own, writer] = JSON.parse(stdout);
  expect(own).toMatchObject({ file, agent: "patient" });
  expect(
    own.findings.map((finding: { what: string; status: string }) => `${finding.what} ${finding.status}`),
  ).toEqual(["config ok", "broker ok", "status ok", "model ok", "tools ok", "data ok", "port ok"]);
  expect(writer).toMatchObject({ file: "writer", agent: "writer-agent" });
});

test("long lines are wrapped on a terminal", async () => {
  const stdout = capture({ isTTY: true, columns: 60 });
  await doctor({ openTools: () => Promise.reject(new ExpectedError("word ".repeat(40).trim())) }, [], {
    stdout,
  });
  const wide = stdout.text.split("\n").filter((line) => line.includes("word"));
  expect(wide.length).toBeGreaterThan(3);
  for (const line of wide) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(60);
});
