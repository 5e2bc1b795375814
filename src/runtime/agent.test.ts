import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { systemClock } from "../base/clock.ts";
import { inputTopic, statusTopic } from "../protocol/topics.ts";
import { ModelError } from "./ports/model.ts";
import { type Bed, bed, echoing, envelope, TASK_ID, taskId } from "./testing.fixture.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

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
          ...systemClock,
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
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      topic: "/conversations/talk/tester",
      task_id: TASK_ID,
      response: "echo: say hello",
      agent_id: "tester",
      usage: { input_tokens: 10, output_tokens: 5, cost_usd: 0.001, llm_calls: 1, tool_calls: 0 },
    });
  });

  test("drops retained messages on the input topic, also one that comes at once (FR-005)", async () => {
    const retained = (id: string) =>
      b.broker.publish({
        topic: inputTopic("tester"),
        payload: JSON.stringify(envelope("tester", { task_id: id })),
        qos: 1,
        retain: true,
      });
    retained(taskId(1));
    await b.start();
    retained(taskId(3));
    b.send(envelope("tester", { task_id: taskId(2) }));
    await b.answered();
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
    await b.answered();
    expect(b.replies().map((r) => r["task_id"])).toEqual([taskId(2)]);
  });

  test("works a task once, however often it comes, also after a restart (FR-010)", async () => {
    const { model, requests } = echoing();
    const agent = await b.start({ model });
    for (let i = 0; i < 5; i++) b.send(envelope("tester"));
    await b.answered();
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
    await b.answered();
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
    await b.answered();
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
    await b.answered();
    expect(b.replies()).toMatchObject([
      { topic: "/conversations/talk/first", response: "echo: three\n\necho: two\n\necho: one" },
    ]);
  });

  test("answers on every hop when the config says so", async () => {
    await b.start({ id: "first", agent: { respond: "every_hop" } });
    await b.start({ id: "second" });
    b.send(envelope("first", { next: { topic: inputTopic("second"), instruction: "go on" } }));
    await b.answered(2);
    expect(b.replies().map((r) => [r["topic"], r["forwarded_to"]])).toEqual([
      ["/conversations/talk/first", inputTopic("second")],
      ["/conversations/talk/second", undefined],
    ]);
  });

  test("refuses a forward to a topic that agents speak on for themselves", async () => {
    await b.start();
    b.send(envelope("tester", { next: { topic: statusTopic("victim"), instruction: "lie" } }));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ error: { code: "invalid_input" } });
    expect(b.on(statusTopic("victim"))).toEqual([]);
  });
});
