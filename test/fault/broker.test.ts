import { expect, test } from "bun:test";
import { openLink } from "../peers/link.ts";
import { mosquitto } from "../peers/mosquitto.ts";
import { echo } from "../peers/openai-server.ts";
import { freePort } from "../peers/ports.ts";
import { until } from "../peers/until.ts";
import { allAnswered, openConsumer, tally, taskIds } from "./consumer.ts";
import { stage } from "./stage.ts";

/** What becomes of tasks when the broker, or the network before it, fails while they are worked. */

const on = stage({
  broker: { persistent: true },
  script: (request) => ({ ...echo(request), latencyMs: 5 }),
});

test("a broker that is restarted again and again under load: each task is answered once (FR-010)", async () => {
  const agent = await on.readyAgent({ toml: "[runtime]\nconcurrency = 8\n" });
  const consumer = await on.consumer(agent);
  const ids = taskIds(400);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  for (const answered of [20, 80, 160, 240]) {
    await until(`${answered} answers`, () => consumer.answers.size >= answered);
    await on.broker.restart();
  }
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length, 20_000);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  expect(await agent.kill("SIGTERM")).toBe(0);
}, 60_000);

test("answers that were ready while the broker was away are delivered when it is back", async () => {
  const gate = Promise.withResolvers<void>();
  on.llm.script(async (request) => {
    await gate.promise;
    return echo(request);
  });
  const agent = await on.readyAgent();
  const consumer = await on.consumer(agent);
  const ids = taskIds(3);
  for (const id of ids) await consumer.send(id);
  await until("the model to be asked", () => on.llm.requests.length === 3);
  await on.broker.kill();
  await until("/ready to say no", async () => (await agent.readiness()) === 503);
  const { checks } = await agent.health();
  expect(checks.mqtt).toMatchObject({ status: "unhealthy", message: expect.stringContaining("127.0.0.1") });
  gate.resolve();
  await until("the answers to wait in the outbox", async () => {
    const { journal } = (await agent.health()).checks;
    return journal["outbox"] === 3;
  });
  await on.broker.start();
  await agent.ready();
  await until("every answer", () => consumer.answers.size === 3);
  expect(tally(consumer, ids)).toEqual(allAnswered(3));
});

test("a broker that is absent at start: unready, says why, and takes tasks when it appears (FR-002)", async () => {
  const port = await freePort();
  const agent = await on.agent({ brokerUrl: `mqtt://127.0.0.1:${port}` });
  await agent.logged(/cannot reach the broker at mqtt:\/\/127\.0\.0\.1:\d+: nothing listens there/);
  expect(await agent.readiness()).toBe(503);
  const health = await agent.health();
  expect(health.status).toBe("degraded");
  expect(health.checks.mqtt).toEqual({
    status: "unhealthy",
    message: `cannot reach the broker at mqtt://127.0.0.1:${port}: nothing listens there`,
  });
  const late = await mosquitto({ port });
  on.after(late.stop);
  await agent.ready();
  const consumer = await openConsumer(port, agent.id, "late");
  expect(await consumer.ask("hello")).toMatchObject({ response: "hello" });
  await consumer.close();
});

test("a broker that is stuck under load: the agent notices, and all is answered once it goes on", async () => {
  const agent = await on.readyAgent({ toml: "[mqtt]\nkeepalive_secs = 1\n[runtime]\nconcurrency = 8\n" });
  const consumer = await on.consumer(agent);
  const ids = taskIds(200);
  on.after(on.broker.thaw);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  await until("some answers", () => consumer.answers.size >= 40);
  on.broker.freeze();
  await until("/ready to say no", async () => (await agent.readiness()) === 503);
  on.broker.thaw();
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  await agent.ready();
}, 40_000);

test("a hiccup shorter than the keep-alive costs nothing but time: the connection stays", async () => {
  const agent = await on.readyAgent();
  const consumer = await on.consumer(agent);
  const ids = taskIds(100);
  on.after(on.broker.thaw);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  await until("some answers", () => consumer.answers.size >= 10);
  on.broker.freeze();
  await until("answers to pile up", async () => {
    const { outbox } = (await agent.health()).checks.journal;
    return typeof outbox === "number" && outbox > 0;
  });
  on.broker.thaw();
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  expect(agent.log()).not.toContain("no connection to the broker");
});

test("a slow network: 60 ms each way, and many tasks are on their way at a time", async () => {
  const link = await openLink(on.broker.port, { delayMs: 60 });
  on.after(link.close);
  const agent = await on.readyAgent({
    brokerUrl: `mqtt://127.0.0.1:${link.port}`,
    toml: "[runtime]\nconcurrency = 16\n",
  });
  const consumer = await on.consumer(agent);
  const ids = taskIds(200);
  const begun = performance.now();
  await Promise.all(ids.map((id) => consumer.send(id)));
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  // One after the other they would take 200 times two round trips of 120 ms each.
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test("a network that breaks again and again: each task is answered once (FR-010)", async () => {
  const link = await openLink(on.broker.port);
  on.after(link.close);
  const agent = await on.readyAgent({ brokerUrl: `mqtt://127.0.0.1:${link.port}` });
  const consumer = await on.consumer(agent);
  const ids = taskIds(300);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  for (const answered of [10, 60, 120, 180, 240]) {
    await until(`${answered} answers`, () => consumer.answers.size >= answered);
    link.cut();
  }
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  expect(link.connections()).toBeGreaterThan(5);
}, 60_000);
