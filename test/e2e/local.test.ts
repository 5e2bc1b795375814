import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenAiServer, startOpenAiServer } from "../peers/openai-server.ts";
import { freePort } from "../peers/ports.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { until } from "../peers/until.ts";
import { binary, type Running, runBinary, startBinary } from "./binary.ts";

/** `agent-deploy … local` with the compiled program: real processes, the embedded broker, a scripted model. */

let model: OpenAiServer;
let temp: ReturnType<typeof tempDir>;
let dir: string;
let broker: string;
let env: Record<string, string>;
const running: Running[] = [];

const config = (id: string) => `
[agent]
id = "${id}"

[llm]
provider = "openai"
model = "test-model"
base_url = "${model.url}"
system_prompt = "You are ${id}."
`;

beforeAll(async () => {
  await binary();
  model = startOpenAiServer();
  temp = tempDir();
  dir = temp.path;
  broker = `mqtt://127.0.0.1:${await freePort()}`;
  env = {
    XDG_STATE_HOME: join(dir, "state"),
    OPENAI_API_KEY: "sk-local-0123456789",
    MQTT_BROKER_URL: broker,
  };
  for (const id of ["first", "second"]) writeFileSync(join(dir, `${id}.toml`), config(id));
}, 60_000);

afterAll(async () => {
  for (const each of running) each.kill("SIGTERM");
  await Promise.all(running.map(({ ended }) => ended));
  await model.close();
  await temp[Symbol.asyncDispose]();
});

const configs = () => [join(dir, "first.toml"), join(dir, "second.toml")];
const deployTool = (...argv: string[]) => runBinary(["agent-deploy", ...argv], { env, cwd: dir });

async function deployed(): Promise<Running> {
  const started = await startBinary(["agent-deploy", "deploy", "local", ...configs()], { env, cwd: dir });
  running.push(started);
  await started.shows(/first, second ready/);
  return started;
}

interface Status {
  processes: {
    name: string;
    state: string;
    pid?: number;
    restarts: number;
    ready?: boolean;
    secrets: string[];
  }[];
}

async function status(): Promise<Status> {
  const { stdout } = await runBinary(["supervise", "status", "agents", "--json"], { env, cwd: dir });
  return JSON.parse(stdout);
}

test("agents run under supervision with a broker, work a pipeline, and drain at Ctrl-C", async () => {
  const first = await deployed();
  const asked = await runBinary(["ask", "first", "hello there", "--next", "second", "--broker", broker], {
    env,
  });
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("hello there") });
  const shown = await deployTool("status", "local", ...configs());
  expect(shown.stdout).toMatch(/agents-broker +running.*\nfirst +ready.*\nsecond +ready/);
  expect((await deployTool("diff", "local", ...configs())).code).toBe(0);

  model.script(() => ({ text: "done at last", latencyMs: 1500 }));
  const slow = runBinary(["ask", "first", "something slow", "--broker", broker], { env });
  await until("the task is worked", () =>
    model.requests.some(({ body }) => JSON.stringify(body).includes("slow")),
  );
  first.kill("SIGINT");
  expect(await slow).toMatchObject({ code: 0, stdout: expect.stringContaining("done at last") });
  const ended = await first.ended;
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^first +│ .*connected to the broker/m);
  expect(`${ended.stdout}${ended.stderr}`).not.toContain("sk-local-0123456789");
  const log = await deployTool("logs", "local", ...configs(), "--agent", "second", "--tail", "1");
  expect(log.stdout).toMatch(/^second │ .*stopped\n$/);
  model.script((request) => ({ text: String(request.body.messages.at(-1)?.content) }));
}, 60_000);

test("an agent that crashes is started again; a second deployment takes the place of the first", async () => {
  const first = await deployed();
  const before = await status();
  const { pid } = before.processes.find(({ name }) => name === "first")!;
  process.kill(pid!, "SIGKILL");
  await first.shows(/first +│ ended with exit code 137; starting again in/);
  await until("it is ready again", async () => {
    const found = (await status()).processes.find(({ name }) => name === "first");
    return found?.restarts === 1 && found.state === "running";
  });
  writeFileSync(join(dir, "second.toml"), config("second").replace("You are", "You were"));
  const changed = await deployTool("diff", "local", ...configs());
  expect(changed).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("~ second: would be started anew"),
  });
  const second = await deployed();
  expect((await first.ended).code).toBe(0);
  const pushed = await deployTool("secrets", "push", "local", ...configs());
  expect(pushed.code).toBe(0);
  expect((await status()).processes.find(({ name }) => name === "first")).toMatchObject({
    secrets: ["OPENAI_API_KEY"],
  });

  const destroyed = await deployTool("destroy", "local", ...configs(), "--yes");
  expect(destroyed.code).toBe(0);
  expect((await second.ended).code).toBe(0);
  expect(existsSync(join(dir, "state", "agent2389", "agent-deploy", "local", "agents.run"))).toBe(false);
  expect((await deployTool("status", "local", ...configs())).code).toBe(1);
}, 60_000);
