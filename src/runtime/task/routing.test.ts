import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../../test/peers/until.ts";
import { silent } from "../../log/logger.ts";
import { inputTopic, statusTopic } from "../../protocol/topics.ts";
import type { Router, RoutingDecision, RoutingQuestion } from "../ports/router.ts";
import { createRegistry } from "../registry.ts";
import { type Bed, bed, envelope, modelOf, reply, TASK_ID } from "../testing.fixture.ts";
import { replyDecisionIn } from "./reply-decision.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

const v2 = (agentId: string, more: Record<string, unknown> = {}) =>
  envelope(agentId, { version: "2.0", ...more });

/** Agents that route by this function; what was asked is kept. */
async function routed(
  ids: string[],
  decide: (question: RoutingQuestion) => RoutingDecision,
  maxIterations = 10,
) {
  const questions: RoutingQuestion[] = [];
  const router: Router = {
    async decide(question) {
      questions.push(question);
      return { decision: decide(question) };
    },
  };
  for (const id of ids) {
    await b.start({
      id,
      routing: { maxIterations },
      model: modelOf(({ messages }) => reply(`${id} did: ${messages.at(-1)!.content.split("\n")[0]}`)).model,
      world: { openRouter: async () => router },
    });
  }
  return questions;
}

const to = (nextAgent: string, nextInstruction: string): RoutingDecision => ({
  complete: false,
  reasoning: `${nextAgent} is next`,
  nextAgent,
  nextInstruction,
});
const done: RoutingDecision = { complete: true, reasoning: "all is said" };
const answered = () => until("the reply", () => b.replies()[0]);

describe("a routed workflow (v2)", () => {
  test("goes from agent to agent until the router says it is complete, with its history", async () => {
    const questions = await routed(["researcher", "writer"], ({ currentAgent }) =>
      currentAgent === "researcher" ? to("writer", "write it up") : done,
    );
    b.send(v2("researcher", { instruction: "find it" }));
    const answer = await answered();
    expect(answer).toMatchObject({
      topic: "/conversations/talk/writer",
      response: "writer did: write it up",
      root_task_id: TASK_ID,
      workflow: { complete: true, reasoning: "all is said", iterations: 2 },
    });
    expect(b.replies().length).toBe(1);
    expect(questions[1]).toMatchObject({
      originalQuery: "find it",
      iteration: 2,
      currentOutput: "writer did: write it up",
      steps: [{ agent_id: "researcher", action: "find it" }],
    });
    const hop = b.on(inputTopic("writer"))[0]!;
    expect(hop).toMatchObject({
      version: "2.0",
      conversation_id: "talk",
      input: "researcher did: find it",
      instruction: "write it up",
      context: { original_query: "find it", iteration_count: 1 },
      routing_trace: [
        { from_agent: "researcher", to_agent: "writer", reason: "writer is next", step_number: 1 },
      ],
    });
    expect(hop["task_id"]).not.toBe(TASK_ID); // a peer that came by before would drop it as a duplicate
  });

  test("an agent knows who else is available, and not itself", async () => {
    const questions = await routed(["a", "b"], () => done);
    b.send(v2("a"));
    await answered();
    expect(questions[0]!.agents).toMatchObject([{ id: "b", description: "made for a test" }]);
  });

  test("ends at max_iterations with what there is", async () => {
    await routed(
      ["a", "b"],
      ({ currentAgent, iteration }) => to(currentAgent === "a" ? "b" : "a", `round ${iteration}`),
      4,
    );
    b.send(v2("a"));
    expect(await answered()).toMatchObject({
      workflow: { complete: true, iterations: 4, reasoning: expect.stringContaining("limit of 4 steps") },
    });
  });

  test("ends when it goes in circles", async () => {
    await routed(["a", "b"], ({ currentAgent }) => to(currentAgent === "a" ? "b" : "a", "improve it"), 50);
    b.send(v2("a"));
    expect(await answered()).toMatchObject({ workflow: { reasoning: expect.stringContaining("circles") } });
  });

  test("ends when the next agent is not there, or no decision can be had: the work done is never lost", async () => {
    await routed(["a"], () => to("ghost", "boo"));
    b.send(v2("a"));
    expect(await answered()).toMatchObject({
      response: "a did: say hello",
      workflow: { reasoning: expect.stringContaining("ghost") },
    });
    await routed(["broken"], () => {
      throw new Error("the router fell over");
    });
    b.send(v2("broken"));
    const answer = await until("the second", () => b.replies()[1]);
    expect(answer).toMatchObject({
      response: "broken did: say hello",
      workflow: { reasoning: "no routing decision could be had" },
    });
  });

  test("heeds the decision that an agent's own reply carries, and answers with its result", async () => {
    const questions: RoutingQuestion[] = [];
    const says = (text: string) => modelOf(() => reply(text)).model;
    const router: Router = {
      async decide(question) {
        questions.push(question);
        return { decision: done };
      },
    };
    const world = { openRouter: async () => router };
    await b.start({
      id: "second",
      routing: { maxIterations: 10 },
      world,
      model: says('{"schema_version":"1.0","result":"final","workflow_complete":true}'),
    });
    await b.start({
      id: "first",
      routing: { maxIterations: 10 },
      world,
      model: says(
        'Sure:\n```json\n{"schema_version":"1.0","result":"draft","next_agent":"second","next_instruction":"polish"}\n```',
      ),
    });
    await until("the status of the other", () => b.on(statusTopic("second")).length > 0);
    b.send(v2("first"));
    expect(await answered()).toMatchObject({ topic: "/conversations/talk/second", response: "final" });
    expect(b.on(inputTopic("second"))[0]).toMatchObject({ input: "draft", instruction: "polish" });
    expect(questions).toEqual([]);
  });

  test("a pipeline that names its next agent comes before the router", async () => {
    const questions = await routed(["a", "b"], () => done);
    b.send(v2("a", { next: { topic: inputTopic("b"), instruction: "go" } }));
    await answered();
    expect(questions.map((q) => q.currentAgent)).toEqual(["b"]);
    expect(b.on(inputTopic("b"))[0]).toMatchObject({
      task_id: TASK_ID,
      version: "2.0",
      context: { iteration_count: 1 },
    });
  });

  test("v1 tasks are never routed", async () => {
    const questions = await routed(["a", "b"], () => to("b", "x"));
    b.send(envelope("a"));
    expect(await answered()).toMatchObject({ response: "a did: say hello" });
    expect(questions).toEqual([]);
  });
});

describe("the registry of agents", () => {
  const status = (id: string, more: Record<string, unknown>) =>
    [statusTopic(id), new TextEncoder().encode(JSON.stringify({ agent_id: id, ...more }))] as const;
  const now = Date.parse("2026-11-21T12:00:00Z");
  const ids = (registry: ReturnType<typeof createRegistry>, at = now) =>
    registry.available(at).map(({ id }) => id);

  test("reads both known shapes, ignores unknown fields (FR-008, OPT-001)", () => {
    const registry = createRegistry(silent);
    registry.observe(
      ...status("ours", { status: "available", timestamp: "2026-11-21T11:59:00Z", colour: "blue" }),
      now,
    );
    registry.observe(
      ...status("theirs", { health: "ok", load: 0.2, last_updated: "2026-11-21T11:59:00Z" }),
      now,
    );
    expect(ids(registry)).toEqual(["ours", "theirs"]);
  });

  test("forgets who said goodbye, is not well, or was silent for three heartbeats", () => {
    const registry = createRegistry(silent);
    const alive = { status: "available", timestamp: "2026-11-21T12:00:00Z", heartbeat_interval_secs: 60 };
    registry.observe(...status("a", alive), now);
    registry.observe(...status("b", alive), now);
    registry.observe(...status("c", { health: "failing" }), now);
    registry.observe(...status("b", { status: "unavailable" }), now);
    expect(ids(registry)).toEqual(["a"]);
    expect(ids(registry, now + 179_000)).toEqual(["a"]);
    expect(ids(registry, now + 181_000)).toEqual([]);
  });

  test("a clock of another machine that runs ahead does not make an agent live longer", () => {
    const registry = createRegistry(silent);
    registry.observe(
      ...status("future", {
        status: "available",
        timestamp: "2036-01-01T00:00:00Z",
        heartbeat_interval_secs: 1,
      }),
      now,
    );
    expect(ids(registry, now + 5_000)).toEqual([]);
  });

  test("takes no one's word for another, and nothing that is no status", () => {
    const registry = createRegistry(silent);
    registry.observe(
      statusTopic("a"),
      new TextEncoder().encode('{"agent_id":"b","status":"available"}'),
      now,
    );
    registry.observe(statusTopic("a"), new TextEncoder().encode("junk"), now);
    registry.observe("/elsewhere", new TextEncoder().encode('{"agent_id":"b","status":"available"}'), now);
    expect(ids(registry)).toEqual([]);
  });
});

describe("a decision in a reply", () => {
  const decision = '{"schema_version":"1.0","result":{"n":1},"next_agent":"x","workflow_complete":false}';
  test.each([
    ["raw", decision],
    ["fenced", `Here you are\n\`\`\`json\n${decision}\n\`\`\`\nbye`],
    ["embedded", `I think {so}. ${decision}`.replace("{so}", "so")],
  ])("is found %s", (_how, text) => {
    expect(replyDecisionIn(text)).toEqual({ result: '{"n":1}', nextAgent: "x", complete: false });
  });
  test("is not found in other JSON, or in prose", () => {
    expect(replyDecisionIn('{"result":"x"}')).toBeUndefined();
    expect(replyDecisionIn('the field "schema_version" is missing {')).toBeUndefined();
  });
});
