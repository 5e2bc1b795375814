import { describe, expect, test } from "bun:test";
import { statusTopic } from "../../src/protocol/topics.ts";
import { echo } from "../peers/openai-server.ts";
import { retained } from "../peers/retained.ts";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { stage } from "./stage.ts";

/** How the program ends, and what becomes of the tasks that it has then. */

const on = stage();
const status = (id: string) => retained(on.broker.url, statusTopic(id));

describe("SIGTERM in the middle of tasks (FR-003)", () => {
  test("running tasks end first; meanwhile it is not ready, and known to be unavailable", async () => {
    const model = on.blockedModel();
    const agent = await on.readyAgent();
    expect(await status(agent.id)).toMatchObject({ status: "available" });
    const consumer = await on.consumer(agent);
    const ids = taskIds(3);
    for (const id of ids) await consumer.send(id);
    await until("the tasks to run", () => model.asked() === 3);
    agent.signal("SIGTERM");
    await agent.logged(/"running":3.*"msg":"shutting down"/);
    expect(await agent.readiness()).toBe(503);
    expect((await agent.health()).checks.task_processing["running"]).toBe(3);
    await until("the goodbye", async () => (await status(agent.id))["status"] === "unavailable");
    model.release();
    expect(await agent.ended).toBe(0);
    await until("the answers", () => consumer.answers.size === 3);
    expect(tally(consumer, ids)).toEqual(allAnswered(3));
  });

  test("what is not done within drain_secs is handed back, and answered by the next start", async () => {
    const model = on.blockedModel();
    const agent = await on.readyAgent({ toml: "[runtime]\ndrain_secs = 0.2\nconcurrency = 2\n" });
    const consumer = await on.consumer(agent);
    const ids = taskIds(5); // two run, three wait
    for (const id of ids) await consumer.send(id);
    await until("two to run", () => model.asked() === 2);
    const begun = performance.now();
    expect(await agent.kill("SIGTERM")).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(agent.log()).toMatch(
      /"tasks":2.*"msg":"tasks were not done in time; the next start takes them up"/,
    );
    expect(consumer.answers.size).toBe(0);
    expect(await status(agent.id)).toMatchObject({ status: "unavailable" });

    model.release();
    const next = agent.again();
    await until("the answers", () => consumer.answers.size === 5);
    expect(tally(consumer, ids)).toEqual(allAnswered(5));
    // Handed back is not failed: it is no attempt.
    expect(next.log()).not.toContain('"attempt":2');
    expect(await status(agent.id)).toMatchObject({ status: "available" });
  });

  test("a task that comes while it drains stays with the broker, for the next start", async () => {
    const model = on.blockedModel();
    const agent = await on.readyAgent();
    const consumer = await on.consumer(agent);
    const [early, late] = taskIds(2) as [string, string];
    await consumer.send(early);
    await until("the first to run", () => model.asked() === 1);
    agent.signal("SIGTERM");
    await agent.logged(/"msg":"shutting down"/);
    await consumer.send(late);
    model.release();
    expect(await agent.ended).toBe(0);
    await until("the first answer", () => consumer.answers.has(early));
    expect(consumer.answers.has(late)).toBe(false);
    agent.again();
    await until("the second answer", () => consumer.answers.has(late));
    expect(tally(consumer, [early, late])).toEqual(allAnswered(2));
  });

  test("under load: every task is answered once, whether before or after (FR-010)", async () => {
    on.llm.script((request) => ({ ...echo(request), latencyMs: 5 }));
    let agent = await on.readyAgent({ toml: "[runtime]\ndrain_secs = 0.02\n" });
    const consumer = await on.consumer(agent);
    const ids = taskIds(200);
    const sending = Promise.all(ids.map((id) => consumer.send(id)));
    for (const answered of [10, 50, 100, 150]) {
      await until(`${answered} answers`, () => consumer.answers.size >= answered);
      expect(await agent.kill("SIGTERM")).toBe(0);
      agent = agent.again();
    }
    await sending;
    await until("every answer", () => consumer.answers.size === ids.length);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  });
});

test("a second signal does not wait: status 130, and the task is answered by the next start", async () => {
  const model = on.blockedModel();
  const agent = await on.readyAgent();
  const consumer = await on.consumer(agent);
  const [id] = taskIds(1) as [string];
  await consumer.send(id);
  await until("it to run", () => model.asked() === 1);
  agent.signal("SIGTERM");
  await agent.logged(/"msg":"shutting down"/);
  expect(await agent.kill("SIGTERM")).toBe(130);
  model.release();
  agent.again();
  await until("the answer", () => consumer.answers.has(id));
  expect(tally(consumer, [id])).toEqual(allAnswered(1));
});

test("SIGTERM while it waits for a broker or a model that is not there ends it at once, with status 0", async () => {
  const nobody = { brokerUrl: "mqtt://127.0.0.1:1", llmUrl: "http://127.0.0.1:1/v1" };
  const agent = await on.agent(nobody);
  await agent.logged(/no connection to the broker/);
  const begun = performance.now();
  expect(await agent.kill("SIGTERM")).toBe(0);
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test("SIGTERM while the broker is away: answers stay in the outbox, and leave at the next start", async () => {
  const model = on.blockedModel();
  const agent = await on.readyAgent();
  const consumer = await on.consumer(agent, { clientId: "patient" });
  const [id] = taskIds(1) as [string];
  await consumer.send(id);
  await until("it to run", () => model.asked() === 1);
  on.after(on.broker.thaw);
  on.broker.freeze();
  model.release();
  await until("the answer to be in the outbox", async () => {
    const { journal } = (await agent.health()).checks;
    return journal["outbox"] === 1;
  });
  expect(await agent.kill("SIGTERM")).toBe(0);
  on.broker.thaw();
  agent.again();
  await until("the answer", () => consumer.answers.has(id));
  expect(tally(consumer, [id])).toEqual(allAnswered(1));
});

test("killed with -9, the broker tells the others by its Last Will (FR-004)", async () => {
  const agent = await on.readyAgent();
  expect(await status(agent.id)).toMatchObject({ agent_id: agent.id, status: "available", health: "ok" });
  await agent.kill();
  await until("the will", async () => (await status(agent.id))["status"] === "unavailable");
  await agent.again().ready();
  await until("the return", async () => (await status(agent.id))["status"] === "available");
});

test("a second program on the same journal is refused, and the first goes on", async () => {
  const agent = await on.readyAgent();
  const twin = agent.again({ HEALTH_PORT: "0" });
  expect(await twin.ended).toBe(1);
  expect(twin.log()).toContain("the journal is in use by another process");
  const consumer = await on.consumer(agent);
  expect(await consumer.ask("still there?")).toMatchObject({ response: "still there?" });
});
