import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { echo, type OpenAiServer, startOpenAiServer } from "../test/peers/openai-server.ts";
import { until } from "../test/peers/until.ts";

/** The process itself, from its source: what becomes of an error that nothing in it caught. */

let dir: string;
let llm: OpenAiServer;
const programs: Program[] = [];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "program-"));
  llm = startOpenAiServer({ models: ["m"] });
  writeFileSync(
    join(dir, "a.toml"),
    '[agent]\nid = "a"\n\n[llm]\nprovider = "openai"\nmodel = "m"\nsystem_prompt = "Echo."\n',
  );
});
afterEach(async () => {
  for (const { child } of programs.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
});
afterAll(async () => {
  await llm.close();
  rmSync(dir, { recursive: true });
});

interface Program {
  child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  written: { stdout: string; stderr: string };
  ended: Promise<number>;
}

/** With the signals of program.fixture.ts. */
function start(...argv: string[]): Program {
  const preload = join(import.meta.dir, "program.fixture.ts");
  const child = Bun.spawn(
    [process.execPath, "--preload", preload, join(import.meta.dir, "main.ts"), ...argv],
    {
      cwd: dir,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: dir,
        LOG_FORMAT: "json",
        OPENAI_API_KEY: "sk-test-0123456789",
        OPENAI_BASE_URL: llm.url,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const written = { stdout: "", stderr: "" };
  const read = async (name: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    for await (const chunk of child[name]) written[name] += decoder.decode(chunk, { stream: true });
  };
  const ended = Promise.all([read("stdout"), read("stderr"), child.exited]).then(([, , code]) => code);
  const program = { child, written, ended };
  programs.push(program);
  return program;
}

/** Waits for what it writes; rejects when it ends before. */
const shows = ({ child, written }: Program, wanted: RegExp): Promise<RegExpExecArray> =>
  until(String(wanted), () => {
    const found = wanted.exec(written.stderr) ?? wanted.exec(written.stdout);
    if (!found && child.exitCode !== null)
      throw new Error(`it ended with ${child.exitCode}: ${JSON.stringify(written)}`);
    return found;
  });

/** An agent on a broker of its own. */
async function up() {
  const program = start("up", "a.toml", "--memory", "--port", "0", "--log-level", "info");
  const [, broker = ""] = await shows(program, /^broker +(mqtt:\S+)/m);
  return { program, broker };
}

/** A model that answers nothing until told to. */
function blockedModel() {
  const gate = Promise.withResolvers<void>();
  const before = llm.requests.length;
  llm.script(async (request) => {
    await gate.promise;
    return echo(request);
  });
  return { release: gate.resolve, asked: () => llm.requests.length > before };
}

describe("an error that nothing caught", () => {
  test.each([
    ["SIGUSR1", "nobody caught this"],
    ["SIGUSR2", "nobody awaited this"],
  ] as const)(
    "is logged, the running task ends and is answered, and the status is 1 (%s)",
    async (signal, text) => {
      const model = blockedModel();
      const { program, broker } = await up();
      const asking = start("ask", "a", "still there?", "--broker", broker);
      await until("the task to run", model.asked);
      program.child.kill(signal);
      await shows(program, /"msg":"shutting down"/);
      await shows(program, new RegExp(`"level":"error".*"${text}"`));
      // One more while it drains is told, and does not cut it short; nor does the first SIGTERM.
      program.child.kill("SIGUSR2");
      await shows(program, /^error: nobody awaited this$/m);
      program.child.kill("SIGTERM");
      model.release();
      expect(await asking.ended).toBe(0);
      expect(asking.written.stdout).toBe("still there?\n");
      expect(await program.ended).toBe(1);
      expect(program.written.stderr).toContain('"msg":"stopped"');
      expect(program.written.stderr).toContain(`error: ${text}\n  This is a defect of agent2389`);
    },
  );

  test("while it drains for a signal makes the status 1, once it has drained", async () => {
    const model = blockedModel();
    const { program, broker } = await up();
    const asking = start("ask", "a", "still there?", "--broker", broker);
    await until("the task to run", model.asked);
    program.child.kill("SIGTERM");
    await shows(program, /"msg":"shutting down"/);
    program.child.kill("SIGUSR1");
    await shows(program, /^error: nobody caught this$/m);
    model.release();
    expect(await asking.ended).toBe(0);
    expect(await program.ended).toBe(1);
  });

  test("ends a command that waits at once", async () => {
    const broker = start("broker", "--memory", "--port", "0", "--quiet");
    await shows(broker, /mqtt:/);
    broker.child.kill("SIGUSR1");
    expect(await broker.ended).toBe(1);
    expect(broker.written.stderr).toStartWith("error: nobody caught this\n");
  });
});
