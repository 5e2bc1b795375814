import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { externalBrokerPlans } from "../../src/deploy/plans.fixture.ts";
import { target } from "../../src/deploy/targets/colab/index.ts";
import { type OpenAiServer, startOpenAiServer } from "../peers/openai-server.ts";
import { until } from "../peers/until.ts";
import { binary, cleanEnv, type Running, runBinary, startBinary } from "./binary.ts";

/** The notebook's own cells, run by Python with the compiled program; only Google's modules are stand-ins. */

const python = Bun.which("python3");
const NAME = "hello";

let dir: string;
let drive: string;
let broker: string;
let llm: OpenAiServer | undefined;
let program: Running | undefined;
const runtimes: Runtime[] = [];

interface Answer {
  out: string;
  error: string | null;
}

interface Runtime {
  cell(id: string): Promise<Answer>;
  code(text: string): Promise<Answer>;
  /** Kills the runtime and the agent in it, as Colab does. */
  kill(): Promise<void>;
}

/** A fresh runtime with nothing but the notebook: what there is else is on the Drive. */
function runtime(secrets: Record<string, string> = { OPENAI_API_KEY: "sk-colab-0123456789" }): Runtime {
  const root = mkdtempSync(join(dir, "runtime-"));
  const child = Bun.spawn([python!, join(import.meta.dir, "colab.py"), join(dir, `${NAME}.ipynb`), drive], {
    cwd: root,
    env: cleanEnv({ COLAB_SECRETS: JSON.stringify(secrets) }),
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const answer = async (): Promise<Answer> => {
    while (!text.includes("\n")) {
      const { value, done } = await lines.read();
      if (done) throw new Error("Python ended");
      text += value;
    }
    const at = text.indexOf("\n");
    const line = text.slice(0, at);
    text = text.slice(at + 1);
    return JSON.parse(line);
  };
  const send = (command: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    child.stdin.flush();
    return answer();
  };
  const made: Runtime = {
    cell: (cell) => send({ cell }),
    code: (code) => send({ code }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { out } = await send({ code: "print(agent.pid if 'agent' in globals() else 0)" });
      child.kill("SIGKILL");
      await child.exited;
      const pid = Number(out);
      if (pid > 0 && (await isAgent(pid))) process.kill(pid, "SIGKILL");
    },
  };
  runtimes.push(made);
  return made;
}

/** Pids are used again: only what is our program is ended. */
const isAgent = async (pid: number): Promise<boolean> =>
  (
    await Bun.file(`/proc/${pid}/cmdline`)
      .text()
      .catch(() => "")
  ).includes(join("agent2389", NAME, "bin"));

/** All cells up to the one that starts the agent, copies being made all the time. */
async function started(): Promise<Runtime> {
  const made = runtime();
  for (const id of ["settings", "agent", "install", "secrets"]) {
    expect(await made.cell(id)).toMatchObject({ error: null });
    if (id === "settings") await made.code("KEEP_SECONDS = 0.05");
  }
  return made;
}

const ask = (task: string) => runBinary(["ask", NAME, task, "--quiet"], { env: { MQTT_BROKER_URL: broker } });

describe.skipIf(python === null || process.platform !== "linux")("the notebook for Colab", () => {
  beforeAll(async () => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), "colab-")));
    drive = join(dir, "my-drive");
    mkdirSync(join(drive, "agent2389"), { recursive: true });
    llm = startOpenAiServer({ models: ["test-model"] });
    program = await startBinary(["broker", "--port", "0", "--memory", "--json"]);
    broker = JSON.parse((await program.shows(/\{.*"url".*\}/))[0]).url;
    putProgram(await binary());
    writeFileSync(join(dir, `${NAME}.ipynb`), rendered());
  }, 60_000);
  afterEach(async () => {
    for (const made of runtimes.splice(0)) await made.kill();
  });
  afterAll(async () => {
    program?.kill("SIGKILL");
    await program?.ended;
    await llm?.close();
    rmSync(dir, { recursive: true });
  });

  test("installs the program, takes tasks, and drains when it is stopped", async () => {
    const made = await started();
    expect(await made.cell("start")).toEqual({ out: `${NAME} is ready and takes tasks.\n`, error: null });
    expect(await made.cell("start")).toMatchObject({ out: expect.stringContaining("runs already") });
    expect(await ask("one")).toMatchObject({ code: 0, stdout: "one\n" });
    expect(await made.cell("stop")).toEqual({
      out: `${NAME} ended with status 0.\nThe journal is on your Drive.\n`,
      error: null,
    });
    expect(await made.cell("follow")).toMatchObject({ out: expect.stringContaining('"msg":"task done"') });
  }, 60_000);

  test("a runtime that was ended without a word is followed by one with its journal", async () => {
    const first = await started();
    await first.cell("start");
    for (const task of ["two", "three", "four"]) expect((await ask(task)).code).toBe(0);
    await until(
      "a copy that holds the last task",
      () => tasksIn(join(drive, "agent2389", NAME, "journal.tar")) >= 3,
    );
    await first.kill();

    const second = await started();
    expect(await second.cell("start")).toEqual({
      out: expect.stringMatching(/^Journal taken from .*journal\.tar\nhello is ready and takes tasks\.\n$/),
      error: null,
    });
    expect(await ask("five")).toMatchObject({ code: 0, stdout: "five\n" });
  }, 60_000);

  test("a program that is not the one in SHA256SUMS is not installed", async () => {
    const made = runtime();
    await made.cell("settings");
    await made.code(`SHA256 = "${"0".repeat(64)}"`);
    await made.cell("agent");
    expect(await made.cell("install")).toMatchObject({
      error: expect.stringContaining("is not what it should be"),
    });
  }, 60_000);

  test("missing secrets are named, and where they are set", async () => {
    const made = runtime({});
    for (const id of ["settings", "agent"]) await made.cell(id);
    expect(await made.cell("secrets")).toMatchObject({
      error: expect.stringMatching(/OPENAI_API_KEY\. Open the key symbol/),
    });
  }, 60_000);

  test("an agent that cannot start says why", async () => {
    const made = await started();
    await made.code("secrets = {}");
    expect(await made.cell("start")).toMatchObject({ error: expect.stringContaining("OPENAI_API_KEY") });
  }, 60_000);
});

function putProgram(path: string): void {
  const name = "agent2389-linux-x64";
  symlinkSync(path, join(drive, "agent2389", name));
  const checksum = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  writeFileSync(join(drive, "agent2389", "SHA256SUMS"), `${"0".repeat(64)}  other\n${checksum}  ${name}\n`);
}

function rendered(): string {
  const plan = externalBrokerPlans.minimal;
  const [agent] = plan.agents;
  const env = { ...agent!.env, MQTT_BROKER_URL: broker, OPENAI_BASE_URL: llm!.url };
  return target.render({ ...plan, agents: [{ ...agent!, env }] })[`${NAME}.ipynb`]!;
}

/** Tasks in a copy of the journal, which SQLite must find in order; 0 while there is none. */
function tasksIn(archive: string): number {
  const place = mkdtempSync(join(dir, "copy-"));
  if (Bun.spawnSync(["tar", "-xf", archive, "-C", place]).exitCode !== 0) return 0;
  using db = new Database(join(place, NAME, "journal.db"));
  expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  return db.query<{ n: number }, []>("SELECT count(*) AS n FROM task").get()?.n ?? 0;
}
