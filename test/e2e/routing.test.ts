import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { stage } from "../fault/stage.ts";
import type { SeenRequest, Step } from "../peers/openai-server.ts";
import { protocolAgent } from "../peers/protocol-agent.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { until } from "../peers/until.ts";
import { runBinary, startBinary } from "./binary.ts";

/** Workflows that find their way themselves (v2): the compiled program with a scripted router. */

const on = stage();

interface Decision {
  workflow_complete: boolean;
  reasoning: string;
  next_agent?: string | null;
  next_instruction?: string | null;
}
/** What a routing model is told. */
interface Question {
  original_request: string;
  current_agent: string;
  available_agents: unknown[];
  [more: string]: unknown;
}
const goOn = (next_agent: string, next_instruction: string): Decision => ({
  workflow_complete: false,
  reasoning: `${next_agent} is next`,
  next_agent,
  next_instruction,
});
const done: Decision = { workflow_complete: true, reasoning: "all is said" };

/** Agents say who they are and what they were told; the routing model answers by `decide`. */
const routedBy =
  (decide: (question: Question) => Decision) =>
  ({ body }: SeenRequest): Step => {
    const text = body.messages.at(-1)?.content ?? "";
    if (body.model === "router") return { text: JSON.stringify(decide(JSON.parse(text))) };
    return { text: `${body.model} did: ${text.split("\n")[0]}` };
  };
const byRouter = () => on.llm.requests.filter(({ body }) => body.model === "router");

const config = (id: string, routing: string) =>
  `[agent]\nid = "${id}"\ndescription = "Knows ${id}"\ncapabilities = ["${id}ing"]\n[llm]\nprovider = "scripted"\nbase_url = "${on.llm.url}"\nmodel = "${id}"\n${routing}`;

const byModel = (more = "") =>
  `[routing]\nstrategy = "llm"\n${more}[routing.llm]\nprovider = "scripted"\nbase_url = "${on.llm.url}"\nmodel = "router"\n`;

/** `up` with agents of these ids, on the Mosquitto; and asks the first one. */
async function workflow(ids: string[], routing: string) {
  const dir = tempDir();
  on.after(() => dir[Symbol.asyncDispose]());
  for (const id of ids) writeFileSync(`${dir.path}/${id}.toml`, config(id, routing));
  const up = await startBinary(
    ["up", ...ids.map((id) => `${id}.toml`), "--broker", on.broker.url, "--json", "--log-level", "info"],
    { cwd: dir.path, env: { AGENT2389_DATA_DIR: dir.path } },
  );
  on.after(async () => {
    up.kill("SIGKILL");
    await up.ended;
  });
  await up.shows(/"agents":\[/);
  const { code, stdout } = await runBinary([
    ...["ask", ids[0]!, "the question", "--route", "--json", "--broker", on.broker.url],
  ]);
  expect(code).toBe(0);
  return { up, reply: JSON.parse(stdout) };
}

describe("a routing model (FR-001)", () => {
  test("leads three agents of one process to the answer, and sees what it needs to", async () => {
    const route: Record<string, Decision> = {
      researcher: goOn("writer", "write it up"),
      writer: goOn("editor", "make it short"),
      editor: done,
    };
    on.llm.script(routedBy((question) => route[question.current_agent]!));
    const { reply } = await workflow(["researcher", "writer", "editor"], byModel());
    expect(reply).toMatchObject({
      agent_id: "editor",
      response: "editor did: make it short",
      workflow: { complete: true, reasoning: "all is said", iterations: 3 },
    });
    const questions: Question[] = byRouter().map(({ body }) => JSON.parse(body.messages.at(-1)!.content!));
    expect(questions).toHaveLength(3);
    expect(questions[2]).toMatchObject({
      original_request: "the question",
      steps_so_far: [
        { agent: "researcher", did: "the question" },
        { agent: "writer", did: "write it up" },
      ],
      current_output: "editor did: make it short",
    });
    expect(questions[0]!.available_agents).toContainEqual(
      expect.objectContaining({ id: "writer", description: "Knows writer", capabilities: ["writering"] }),
    );
    expect(byRouter()[0]!.body).toMatchObject({
      temperature: 0.1,
      response_format: { type: "json_schema", json_schema: { strict: true } },
    });
  });

  test("may choose an agent of the peer implementation, which goes on and answers", async () => {
    const peer = await protocolAgent({
      url: on.broker.url,
      id: "rusty-router",
      discoverable: true,
      work: (task) => `rusty got ${JSON.stringify(task.input)}`,
    });
    on.after(peer.close);
    on.llm.script(routedBy(() => goOn("rusty-router", "take over")));
    const { reply } = await workflow(["starter"], byModel());
    expect(reply).toMatchObject({
      agent_id: "rusty-router",
      response: 'rusty got "starter did: the question"',
    });
    expect(peer.unreadable).toEqual([]);
    expect(peer.tasks[0]).toMatchObject({
      instruction: "take over",
      context: { original_query: "the question", iteration_count: 1 },
      routing_trace: [
        { from_agent: "starter", to_agent: "rusty-router", reason: "rusty-router is next", step_number: 1 },
      ],
    });
  });

  test.each<[string, Decision | "broken", string, RegExp]>([
    ["an agent that there is not", goOn("ghost", "haunt"), "", /"ghost" was to go on, but no such agent/],
    ["itself, again and again", goOn("looper", "once more"), "", /goes in circles/],
    ["on and on", goOn("looper", `more ${"!"}`), "max_iterations = 2\n", /the limit of 2 steps is reached/],
    ["nothing that can be read", "broken", "", /no routing decision could be had/],
  ])("that chooses %s ends the workflow with what there is", async (_, decision, more, reason) => {
    on.llm.script(routedBy(() => (decision === "broken" ? ({} as Decision) : decision)));
    const { reply } = await workflow(["looper"], byModel(more));
    expect(reply).toMatchObject({ agent_id: "looper", error: null });
    expect(reply.response).toStartWith("looper did: ");
    expect(reply.workflow.reasoning).toMatch(reason);
  });
});

test("a gatekeeper is asked by HTTP, again when it fails, and its word counts", async () => {
  const questions: Record<string, unknown>[] = [];
  const gatekeeper = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const question = (await request.json()) as Record<string, unknown>;
      questions.push(question);
      if (questions.length === 1) return new Response("busy", { status: 503 });
      const { iteration_count } = question;
      return Response.json(iteration_count === 1 ? goOn("second", "finish it") : done);
    },
  });
  on.after(() => gatekeeper.stop(true));
  on.llm.script(routedBy(() => done));
  const routing = `[routing]\nstrategy = "gatekeeper"\n[routing.gatekeeper]\nurl = "${gatekeeper.url}decide"\n`;
  const { reply } = await workflow(["first", "second"], routing);
  expect(reply).toMatchObject({ agent_id: "second", response: "second did: finish it" });
  await until("three questions", () => questions.length === 3);
  expect(Object.keys(questions[2]!).sort()).toEqual([
    "available_agents",
    "current_output",
    "iteration_count",
    "original_query",
    "workflow_history",
  ]);
  expect(questions[2]).toMatchObject({
    original_query: "the question",
    current_output: "second did: finish it",
    workflow_history: [{ agent_id: "first", action: "the question" }],
  });
  expect(byRouter()).toEqual([]);
});
