import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import mqtt from "mqtt";
import { mcpHttp } from "../peers/mcp-http.ts";
import { callOnce, type SeenRequest, type Step } from "../peers/openai-server.ts";
import { until } from "../peers/until.ts";
import type { Consumer } from "./consumer.ts";
import { stage } from "./stage.ts";

/** A tool server that dies, hangs or never starts: the model reads an error, the task is answered (FR-011). */

const on = stage();
const peers = resolve(import.meta.dir, "../peers");

/** `[tools]` with a real MCP server over stdio. */
const server = (era: string, more = "") =>
  `[tools.srv]\nimpl = "mcp"\ncommand = "${process.execPath}"\nargs = ["mcp-server.ts", "${era}"]\ncwd = "${peers}"\n${more}`;

/** A task whose model calls this tool once, and answers with what it said. */
async function using(consumer: Consumer, tool: string, args: object = {}) {
  on.llm.script(callOnce(tool, args));
  return consumer.ask(`use ${tool}`);
}

const serverPid = async (consumer: Consumer) =>
  Number(/\d+/.exec((await using(consumer, "srv_process")).response ?? "")?.[0]);

test("a server that dies in the middle of a call is told of, and is there again for the next one", async () => {
  const agent = await on.readyAgent({ toml: server("both") });
  const consumer = await on.consumer(agent);
  const first = await using(consumer, "srv_process");
  expect(await using(consumer, "srv_die")).toMatchObject({
    response: "the tool said: The tool failed: the MCP server went away during the call",
    usage: { tool_calls: 1 },
  });
  const { checks } = await agent.health();
  expect(checks.tools).toMatchObject({ status: "degraded", message: expect.stringContaining("srv: ") });
  expect(await using(consumer, "srv_add", { a: 2, b: 3 })).toMatchObject({ response: "the tool said: 5" });
  expect((await using(consumer, "srv_process")).response).not.toBe(first.response!);
  expect((await agent.health()).checks.tools.status).toBe("healthy");
});

test("a server that is killed from outside while it works on a call", async () => {
  const agent = await on.readyAgent({ toml: server("both") });
  const consumer = await on.consumer(agent);
  const watcher = await mqtt.connectAsync(on.broker.url);
  on.after(() => watcher.endAsync(true));
  const halfWay = new Promise<void>((resolve) => {
    watcher.on("message", (_topic, payload) => payload.includes("half way") && resolve());
  });
  await watcher.subscribeAsync(`/control/agents/${agent.id}/progress/tools`);
  const pid = await serverPid(consumer);
  const asked = using(consumer, "srv_report");
  await halfWay;
  process.kill(pid, "SIGKILL");
  expect((await asked).response).toContain("the MCP server went away during the call");
});

test("a call that hangs is ended in time, while other tasks go on", async () => {
  const agent = await on.readyAgent({ toml: server("both", "timeout = 0.5\n") });
  const consumer = await on.consumer(agent);
  on.llm.script((request: SeenRequest): Step => {
    const wants = request.body.messages.at(-1)!;
    if (wants.role === "tool") return { text: `the tool said: ${wants.content}` };
    return wants.content === "hang" ? { toolCalls: [{ name: "srv_hang" }] } : { text: "quick" };
  });
  const hanging = consumer.ask("hang");
  expect(await consumer.ask("be quick")).toMatchObject({ response: "quick" });
  expect(await hanging).toMatchObject({
    response: "the tool said: The tool failed: no result within 0.5 s",
  });
  expect(await using(consumer, "srv_add", { a: 1, b: 1 })).toMatchObject({ response: "the tool said: 2" });
});

test("an error that the tool itself tells of reaches the model as it is", async () => {
  const agent = await on.readyAgent({ toml: server("both") });
  const consumer = await on.consumer(agent);
  expect((await using(consumer, "srv_fail")).response).toContain("the disk is on fire");
  expect((await using(consumer, "srv_throw")).response).toContain("it broke");
});

test("a server by HTTP that restarts between two calls, and one that is gone", async () => {
  const http = await mcpHttp({ era: "legacy" });
  on.after(http.stop);
  const agent = await on.readyAgent({ toml: `[tools.srv]\nimpl = "mcp"\nurl = "${http.url}"\n` });
  const consumer = await on.consumer(agent);
  expect(await using(consumer, "srv_add", { a: 1, b: 2 })).toMatchObject({ response: "the tool said: 3" });
  await http.restart();
  expect(await using(consumer, "srv_add", { a: 3, b: 4 })).toMatchObject({ response: "the tool said: 7" });
  await http.stop();
  expect((await using(consumer, "srv_add", { a: 1, b: 1 })).response).toContain(
    "The tool failed: the MCP server cannot be reached",
  );
});

test("a server that ends at once: the agent does not start, and tells its last words (FR-002)", async () => {
  const agent = await on.agent({ toml: server("broken") });
  expect(await agent.ended).toBe(1);
  expect(agent.log()).toContain("ended before it answered; it said: cannot find its licence file");
});

test("a server that never answers: the agent does not start, and says after how long", async () => {
  const agent = await on.agent({ toml: server("mute", "connect_timeout = 0.5\n") });
  expect(await agent.ended).toBe(1);
  expect(agent.log()).toContain("did not answer within 0.5 s");
});

test("the agent's end is the server's end", async () => {
  const agent = await on.readyAgent({ toml: server("both") });
  const pid = await serverPid(await on.consumer(agent));
  expect(await agent.kill("SIGTERM")).toBe(0);
  await until("the server to be gone", () => !isAlive(pid));
});

/** Whether a process runs: one that ended, and that nobody has asked about yet, does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // no such process
  }
}
