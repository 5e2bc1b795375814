import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { inputTopic, statusTopic } from "../protocol/topics.ts";
import { ModelError } from "./ports/model.ts";
import {
  type Bed,
  bed,
  calls,
  echoing,
  envelope,
  modelOf,
  reply,
  scripted,
  TASK_ID,
  taskId,
  toolOf,
} from "./testing.fixture.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

const answered = (count = 1) =>
  until(`${count} replies`, () => (b.replies().length >= count ? b.replies() : undefined));

describe("start-up and shutdown", () => {
  test("publishes available, retained, only after subscription, tools and model (FR-002, RULE-003)", async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const agent = b.begin({
      agent: { capabilities: ["testing"] },
      world: {
        openTools: async () => {
          await gate.promise;
          order.push("tools");
          return { tools: [], checks: async () => ({}), close: async () => {} };
        },
        openModel: async () => ({
          ...echoing().model,
          async verify() {
            order.push("verified");
          },
        }),
      },
    });
    await until("the verification", () => order.includes("verified"));
    expect(b.on(statusTopic("tester"))).toEqual([]);
    expect(agent.ready()).toBe(false);
    gate.resolve();
    await agent.started;
    const status = await until("the status", () => b.on(statusTopic("tester"))[0]);
    expect(order).toEqual(["verified", "tools"]);
    expect(status).toMatchObject({
      agent_id: "tester",
      status: "available",
      capabilities: ["testing"],
      health: "ok",
      load: 0,
    });
    expect(status["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(b.broker.retained()[statusTopic("tester")]).toContain('"available"');
    expect(agent.ready()).toBe(true);
  });

  test("publishes unavailable, retained, before it disconnects (FR-003)", async () => {
    const agent = b.begin();
    await agent.started;
    await agent.stop(0);
    expect(JSON.parse(b.broker.retained()[statusTopic("tester")]!)).toMatchObject({
      agent_id: "tester",
      status: "unavailable",
    });
    expect(agent.ready()).toBe(false);
  });

  test("says available again after the connection was lost", async () => {
    const agent = b.begin();
    await agent.started;
    await until("available", () => b.on(statusTopic("tester")).length === 1);
    b.broker.cut("tester");
    await until("available again", () => b.on(statusTopic("tester")).length >= 2);
  });

  test("a model that is away keeps the agent unready, and it goes on when the model is back", async () => {
    let up = false;
    const sleeps: (() => void)[] = [];
    const agent = b.begin({
      model: {
        ...echoing().model,
        async verify() {
          if (!up) throw new ModelError("network", "nothing listens there");
        },
      },
      world: {
        clock: {
          now: () => Date.now(),
          sleep: (_ms, signal) =>
            new Promise((resolve) => {
              sleeps.push(resolve);
              signal?.addEventListener("abort", () => resolve());
            }),
        },
      },
    });
    await until("the first try", () => sleeps.length > 0);
    expect((await agent.checks())["llm"]).toMatchObject({
      status: "unhealthy",
      message: "nothing listens there",
    });
    up = true;
    for (const wake of sleeps.splice(0)) wake();
    await agent.started;
  });

  test("a wrong key ends the start", async () => {
    const agent = b.begin({
      model: {
        ...echoing().model,
        verify: () => Promise.reject(new ModelError("auth", "the key is refused")),
      },
    });
    await expect(agent.started).rejects.toThrow("the key is refused");
  });
});

describe("the nine steps", () => {
  test("works a task and answers on the conversation topic (FR-001, FR-012, FR-014)", async () => {
    await b.start();
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({
      topic: "/conversations/talk/tester",
      task_id: TASK_ID,
      response: "echo: say hello",
      agent_id: "tester",
      usage: { input_tokens: 10, output_tokens: 5, cost_usd: 0.001, llm_calls: 1, tool_calls: 0 },
    });
  });

  test("drops retained messages on the input topic (FR-005)", async () => {
    b.broker.publish({
      topic: inputTopic("tester"),
      payload: JSON.stringify(envelope("tester")),
      qos: 1,
      retain: true,
    });
    await b.start();
    b.send(envelope("tester", { task_id: taskId(2) }));
    await answered();
    expect(b.replies().map((r) => r["task_id"])).toEqual([taskId(2)]);
  });

  test("drops a task for another topic, takes one whose topic is the same once canonical (FR-006)", async () => {
    await b.start();
    b.broker.publish({ topic: inputTopic("tester"), payload: JSON.stringify(envelope("other")), qos: 1 });
    b.broker.publish({
      topic: inputTopic("tester"),
      payload: JSON.stringify(
        envelope("tester", { task_id: taskId(2), topic: "//control/agents//tester/input/" }),
      ),
      qos: 1,
    });
    await answered();
    expect(b.replies().map((r) => r["task_id"])).toEqual([taskId(2)]);
  });

  test("works a task once, however often it comes, also after a restart (FR-010)", async () => {
    const { model, requests } = echoing();
    const agent = await b.start({ model });
    for (let i = 0; i < 5; i++) b.send(envelope("tester"));
    await answered();
    await agent.stop(1_000);
    const again = await b.start({ model });
    b.send(envelope("tester"));
    b.send(envelope("tester", { task_id: taskId(2) }));
    await until("the second task", () => b.replies().some((r) => r["task_id"] === taskId(2)));
    await again.stop(1_000);
    expect(b.replies().map((r) => r["task_id"])).toEqual([TASK_ID, taskId(2)]);
    expect(requests.length).toBe(2);
  });

  test("forwards to the next agent with its response as the input (FR-007, FR-014)", async () => {
    await b.start({ id: "first" });
    await b.start({ id: "second" });
    b.send(
      envelope("first", {
        next: { topic: inputTopic("second"), instruction: "shout it", input: null, next: null },
      }),
    );
    await answered();
    expect(b.replies()).toMatchObject([
      {
        topic: "/conversations/talk/second",
        task_id: TASK_ID,
        response: "echo: shout it\n\necho: say hello",
      },
    ]);
  });

  test("keeps an input that the pipeline presets", async () => {
    await b.start({ id: "first" });
    await b.start({ id: "second" });
    b.send(
      envelope("first", {
        next: { topic: inputTopic("second"), instruction: "use it", input: { preset: 1 } },
      }),
    );
    await answered();
    expect(b.replies()[0]!["response"]).toBe('echo: use it\n\n{\n  "preset": 1\n}');
  });

  test("a pipeline may come back to an agent", async () => {
    await b.start({ id: "first" });
    await b.start({ id: "second" });
    const home = { topic: inputTopic("first"), instruction: "three" };
    b.send(
      envelope("first", {
        instruction: "one",
        next: { topic: inputTopic("second"), instruction: "two", next: home },
      }),
    );
    await answered();
    expect(b.replies()).toMatchObject([
      { topic: "/conversations/talk/first", response: "echo: three\n\necho: two\n\necho: one" },
    ]);
  });

  test("answers on every hop when the config says so", async () => {
    await b.start({ id: "first", agent: { respond: "every_hop" } });
    await b.start({ id: "second" });
    b.send(envelope("first", { next: { topic: inputTopic("second"), instruction: "go on" } }));
    await answered(2);
    expect(b.replies().map((r) => [r["topic"], r["forwarded_to"]])).toEqual([
      ["/conversations/talk/first", inputTopic("second")],
      ["/conversations/talk/second", undefined],
    ]);
  });

  test("refuses a forward to a topic that agents speak on for themselves", async () => {
    await b.start();
    b.send(envelope("tester", { next: { topic: statusTopic("victim"), instruction: "lie" } }));
    const [answer] = await answered();
    expect(answer).toMatchObject({ error: { code: "invalid_input" } });
    expect(b.on(statusTopic("victim"))).toEqual([]);
  });
});

describe("errors (FR-011)", () => {
  test("tells the sender, and goes on with the next task", async () => {
    const { model } = scripted(reply("never"), reply("fine"));
    let first = true;
    await b.start({
      runtime: { concurrency: 1 },
      model: {
        ...model,
        async chat(request, options) {
          if (first) {
            first = false;
            throw new ModelError("overloaded", "the provider is overloaded");
          }
          return model.chat(request, options);
        },
      },
    });
    b.send(envelope("tester"));
    b.send(envelope("tester", { task_id: taskId(2) }));
    const [error, fine] = await answered(2);
    expect(error).toMatchObject({
      task_id: TASK_ID,
      error: { code: "llm_error", message: "the provider is overloaded" },
    });
    expect(fine).toMatchObject({ task_id: taskId(2), response: "never" });
  });

  test("health tells that the model fails, and that it answers again", async () => {
    let up = false;
    const { model } = modelOf(() => {
      if (!up) throw new ModelError("overloaded", "the provider is overloaded");
      return reply("back");
    });
    const agent = await b.start({ model });
    for (let i = 1; i <= 3; i++) b.send(envelope("tester", { task_id: taskId(i) }));
    await answered(3);
    expect(await agent.checks()).toMatchObject({
      llm: { status: "degraded", message: "the provider is overloaded" },
      task_processing: { status: "degraded", message: "the last 3 tasks failed" },
    });
    up = true;
    b.send(envelope("tester", { task_id: taskId(4) }));
    await answered(4);
    expect(await agent.checks()).toMatchObject({
      llm: { status: "healthy" },
      task_processing: { status: "healthy" },
    });
  });

  test("an error of our own shows nothing of the inside (RULE-002, NFR-005)", async () => {
    await b.start({
      model: modelOf(() => {
        throw new Error("at /srv/app/secret.ts:12 with hunter2-secret");
      }).model,
    });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({ error: { code: "internal_error" } });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|\/srv|secret\.ts/);
  });

  test("answers what has a conversation_id with invalid_input, drops what has none", async () => {
    await b.start();
    const { conversation_id: _, ...homeless } = envelope("tester", { task_id: "not-a-uuid" });
    b.send(homeless);
    b.send(envelope("tester", { task_id: "not-a-uuid" }));
    b.send(envelope("tester", { instruction: 42 }));
    b.send(envelope("tester", { task_id: taskId(3), instruction: null, input: null }));
    await answered(3);
    expect(b.replies().map((r) => (r["error"] as { code: string }).code)).toEqual([
      "invalid_input",
      "invalid_input",
      "invalid_input",
    ]);
  });

  test("refuses a pipeline deeper than 16, takes one of 16 (FR-013)", async () => {
    await b.start();
    const pipeline = (depth: number): unknown =>
      depth === 0
        ? null
        : { topic: inputTopic("nobody"), instruction: `${depth}`, input: null, next: pipeline(depth - 1) };
    b.send(envelope("tester", { next: pipeline(16) }));
    b.send(envelope("tester", { task_id: taskId(2), next: pipeline(15) }));
    const [refusal] = await answered();
    expect(refusal).toMatchObject({ task_id: TASK_ID, error: { code: "pipeline_depth_exceeded" } });
    await until("the forward", () => b.on(inputTopic("nobody")).length === 1);
  });

  test("refuses messages over 256 KiB, cuts responses that would be (NFR-003)", async () => {
    await b.start({ model: modelOf(() => reply("ß".repeat(200_000))).model });
    b.send(envelope("tester", { input: { text: "x".repeat(256 * 1024) } }));
    b.send(envelope("tester", { task_id: taskId(2) }));
    const [refusal, long] = await answered(2);
    expect(refusal).toMatchObject({ task_id: TASK_ID, error: { code: "invalid_input" } });
    expect(long).toMatchObject({ task_id: taskId(2), truncated: true });
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThanOrEqual(256 * 1024);
  });

  test("gives a task up that ends the process each time", async () => {
    const hang = modelOf(() => new Promise(() => {})).model;
    const first = await b.start({ model: hang, runtime: { max_attempts: 1 } });
    b.send(envelope("tester"));
    await until("running", async () => (await first.gauges()).running === 1);
    // As after a crash: the claim stands in the journal, the process is gone.
    const { Database } = await import("bun:sqlite");
    await first.stop(0);
    const db = new Database(`${b.dir}/tester.db`);
    db.run("UPDATE task SET attempt = 1");
    db.close();
    await b.start({ runtime: { max_attempts: 1 } });
    const [answer] = await answered();
    expect(answer).toMatchObject({
      error: { code: "internal_error", message: expect.stringContaining("given up") },
    });
  });
});

describe("tools and budgets", () => {
  const ok = toolOf("look", async () => ({ content: "it is blue" }));

  test("runs the calls of a turn at the same time and gives the results in order (FR-009)", async () => {
    const meet = Promise.withResolvers<void>();
    let inside = 0;
    const pair = toolOf("pair", async (input) => {
      if (++inside === 2) meet.resolve();
      await meet.promise; // ends only when both are running
      return { content: `got ${(input as { n: number }).n}` };
    });
    const { model, requests } = scripted(calls(["pair", { n: 1 }], ["pair", { n: 2 }]), reply("both"));
    await b.start({ model, tools: [pair] });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({ response: "both", usage: { tool_calls: 2, llm_calls: 2 } });
    expect(requests[1]!.messages.slice(-2)).toEqual([
      { role: "tool", toolCallId: "call_0", content: "got 1" },
      { role: "tool", toolCallId: "call_1", content: "got 2" },
    ]);
  });

  test.each([
    ["a tool that is not on the list", calls(["rm", {}]), "There is no tool"],
    ["arguments that are not JSON", calls(["look", "{oops"]), "not valid JSON"],
    ["arguments that do not fit", calls(["strict", { n: "x" }]), "do not fit the tool's schema: n: a number"],
    ["a tool that throws", calls(["broken", {}]), "The tool failed: it broke"],
    ["a tool that hangs", calls(["hangs", {}]), "no result within 0.05 s"],
  ])("tells the model about %s (FR-011, NFR-005)", async (_what, first, told) => {
    const { model, requests } = scripted(first, reply("I see"));
    await b.start({
      model,
      tools: [
        ok,
        toolOf(
          "strict",
          async () => ({ content: "ran" }),
          () => ({ ok: false, problems: ["n: a number"] }),
        ),
        toolOf("broken", () => Promise.reject(new Error("it broke"))),
        { ...toolOf("hangs", () => new Promise(() => {})), timeoutMs: 50 },
      ],
    });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({ response: "I see" });
    expect(requests[1]!.messages.at(-1)!.content).toContain(told);
  });

  test("a tool that is called when the task's time is up already does not keep the worker", async () => {
    const gate = Promise.withResolvers<void>();
    const hang = toolOf("hang", () => new Promise(() => {}));
    const { model } = modelOf(async () => {
      await gate.promise; // beyond the time limit: the model does not heed the signal
      return calls(["hang", {}]);
    });
    await b.start({ model, tools: [hang], budget: { task_timeout_secs: 0.05 }, runtime: { concurrency: 1 } });
    b.send(envelope("tester"));
    setTimeout(gate.resolve, 80); // later than the limit

    const [answer] = await answered();
    expect(answer).toMatchObject({ budget: { name: "task_timeout_secs" } });
  });

  test("max_tool_calls ends the task with what there is", async () => {
    const { model } = scripted(
      { ...calls(["look", {}], ["look", {}]), text: "so far: blue" },
      reply("never"),
    );
    await b.start({ model, tools: [ok], budget: { max_tool_calls: 1 } });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({
      response: "so far: blue",
      budget: { name: "max_tool_calls", limit: 1, used: 1 },
    });
  });

  test("max_iterations ends it too; without words of the model, what the tools found is the answer", async () => {
    const { model, requests } = modelOf(() => calls(["look", {}]));
    await b.start({ model, tools: [ok], budget: { max_iterations: 2 } });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({
      response: "it is blue",
      budget: { name: "max_iterations", limit: 2, used: 2 },
    });
    expect(requests.length).toBe(2);
  });

  test("max_cost_per_task ends it before the next call; a model without a price is never free", async () => {
    const { model } = modelOf(() => ({ ...calls(["look", {}]), cost: 0.4 }));
    await b.start({ model, tools: [ok], budget: { max_cost_per_task: 0.7 } });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({
      budget: { name: "max_cost_per_task", limit: 0.7, used: 0.8 },
      usage: { cost_usd: 0.8 },
    });
    await b.start({ id: "unpriced", model: modelOf(() => reply("hm", { cost: undefined })).model });
    b.send(envelope("unpriced", { task_id: taskId(2) }));
    const [, unpriced] = await answered(2);
    expect(unpriced).toMatchObject({ usage: { cost_usd: null } });
  });

  test("task_timeout_secs ends it with what was written so far", async () => {
    await b.start({
      budget: { task_timeout_secs: 0.1 },
      model: {
        ...echoing().model,
        chat: (_request, { signal, onDelta }) => {
          onDelta?.("half an ans");
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        },
      },
    });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({
      response: "half an ans",
      budget: { name: "task_timeout_secs", limit: 0.1 },
    });
  });

  test("a budget stop is the end of a pipeline: it is not passed on as if it were done", async () => {
    const { model } = modelOf(() => calls(["look", {}]));
    await b.start({ model, tools: [ok], budget: { max_iterations: 1 } });
    b.send(envelope("tester", { next: { topic: inputTopic("nobody"), instruction: "go on" } }));
    const [answer] = await answered();
    expect(answer).toMatchObject({ topic: "/conversations/talk/tester", budget: { name: "max_iterations" } });
    expect(b.on(inputTopic("nobody"))).toEqual([]);
  });

  test("says tool_execution_failed when there is nothing but failed calls", async () => {
    const { model } = modelOf(() => calls(["broken", {}]));
    await b.start({
      model,
      tools: [toolOf("broken", () => Promise.resolve({ content: "", isError: true }))],
      budget: { max_iterations: 2 },
    });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(answer).toMatchObject({ error: { code: "tool_execution_failed" } });
  });

  test("secrets that a tool or the model brings up do not leave", async () => {
    const { model, requests } = scripted(calls(["leak", {}]), reply("the key is hunter2-secret"));
    await b.start({ model, tools: [toolOf("leak", async () => ({ content: "hunter2-secret" }))] });
    b.send(envelope("tester"));
    const [answer] = await answered();
    expect(JSON.stringify([answer, requests[1]])).not.toContain("hunter2-secret");
  });
});

describe("back-pressure and draining", () => {
  test("works no more tasks at a time than it may, and a slow one blocks no other", async () => {
    let inside = 0;
    let most = 0;
    const gates = new Map<string, () => void>();
    const { model } = modelOf(async ({ messages }) => {
      most = Math.max(most, ++inside);
      const name = messages.at(-1)!.content;
      if (name === "slow") await new Promise<void>((resolve) => gates.set(name, resolve));
      inside -= 1;
      return reply(name);
    });
    await b.start({ model, runtime: { concurrency: 2 } });
    b.send(envelope("tester", { instruction: "slow" }));
    for (let i = 2; i < 12; i++) b.send(envelope("tester", { task_id: taskId(i), instruction: `${i}` }));
    await answered(10);
    expect(b.replies().every((r) => r["response"] !== "slow")).toBe(true);
    expect(most).toBe(2);
    gates.get("slow")!();
    await answered(11);
  });

  test("a burst of invalid tasks, more than max_waiting, is answered in full", async () => {
    await b.start({ runtime: { max_waiting: 2 } });
    for (let i = 0; i < 50; i++) b.send(envelope("tester", { task_id: `bad ${i}` }));
    expect(await answered(50)).toHaveLength(50);
  });

  test("takes no more over than max_waiting: the broker keeps the rest", async () => {
    const gate = Promise.withResolvers<void>();
    const { model } = modelOf(async () => {
      await gate.promise;
      return reply("done");
    });
    const agent = await b.start({ model, runtime: { concurrency: 1, max_waiting: 3 } });
    await agent.started;
    for (let i = 0; i < 20; i++) b.send(envelope("tester", { task_id: taskId(i + 1) }));
    await until("three in the journal", async () => {
      const { waiting, running } = await agent.gauges();
      return running === 1 && waiting >= 2;
    });
    expect((await agent.checks())["journal"]).toMatchObject({ waiting: 2 });
    gate.resolve();
    await answered(20);
  });

  test("a task that is not done in the grace period is handed back and taken up by the next start", async () => {
    let seen: AbortSignal | undefined;
    const first = await b.start({
      model: modelOf((_request, signal) => {
        seen = signal;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }).model,
    });
    b.send(envelope("tester"));
    await until("running", () => seen);
    await first.stop(10);
    expect(seen!.aborted).toBe(true);
    expect(b.replies()).toEqual([]);
    await b.start();
    const [answer] = await answered();
    expect(answer).toMatchObject({ task_id: TASK_ID, response: "echo: say hello" });
  });

  test("a running task ends within the grace period, and its answer leaves before the goodbye", async () => {
    const gate = Promise.withResolvers<void>();
    const agent = await b.start({
      model: modelOf(async () => {
        await gate.promise;
        return reply("just in time");
      }).model,
    });
    b.send(envelope("tester"));
    await until("running", async () => (await agent.gauges()).running === 1);
    const stopping = agent.stop(5_000);
    expect(agent.ready()).toBe(false);
    gate.resolve();
    await stopping;
    expect(b.replies()).toMatchObject([{ response: "just in time" }]);
  });
});

describe("progress", () => {
  test("tells of the task, the model and the tools on their topics, tied to the task", async () => {
    const { model } = scripted(calls(["look", {}]), reply("done"));
    await b.start({ model, tools: [toolOf("look", async () => ({ content: "x", metadata: { bytes: 1 } }))] });
    b.send(envelope("tester"));
    await answered();
    const root = "/control/agents/tester/progress";
    const types = (topic: string) => b.on(topic).map((event) => event["event_type"]);
    expect(types(root)).toEqual(["TaskStart", "TaskComplete"]);
    expect(types(`${root}/llm`)).toEqual(["LlmRequest", "LlmResponse", "LlmRequest", "LlmResponse"]);
    expect(b.on(`${root}/tools`)).toMatchObject([
      {
        event_type: "ToolCall",
        category: "Tool",
        task_id: TASK_ID,
        conversation_id: "talk",
        metadata: { tool: "look" },
      },
      { event_type: "ToolComplete", metadata: { tool: "look", bytes: 1 } },
    ]);
  });

  test("sends the text as it is written when the sender asks for it", async () => {
    await b.start({
      model: {
        ...echoing().model,
        async chat(_request, { onDelta }) {
          onDelta?.("Hel");
          onDelta?.("lo");
          return reply("Hello");
        },
      },
    });
    b.send(envelope("tester", { stream: true }));
    await answered();
    const deltas = b
      .on("/control/agents/tester/progress/llm")
      .filter((event) => event["event_type"] === "Processing");
    expect(deltas.map((event) => (event["metadata"] as { delta: string }).delta).join("")).toBe("Hello");
  });
});
