import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { until } from "../../test/peers/until.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { inputTopic, sharedFilter, statusTopic } from "../protocol/topics.ts";
import { openSqliteStore } from "../storage/sqlite/store.ts";
import type { Transport } from "./ports/transport.ts";
import { type Bed, type BedOptions, bed, envelope, modelOf, reply, taskId } from "./testing.fixture.ts";
import type { AgentWorld } from "./world.ts";

/** Several replicas of one agent: one id, a shared subscription, a session and a journal each. */

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

const replica = (name: string, more: BedOptions = {}) =>
  b.start({ clientId: name, journal: name, shared: true, ...more });
const sayer = (name: string) => modelOf(() => reply(name)).model;
const send = (...numbers: number[]) => {
  for (const n of numbers) b.send(envelope("tester", { task_id: taskId(n) }));
};
const ids = () => b.replies().map((one) => one["task_id"] as string);
const status = () => JSON.parse(b.broker.retained()[statusTopic("tester")]!).status;

/** A replica that works nothing to its end. */
async function stuck(name: string, runtime: Record<string, unknown>, world: Partial<AgentWorld> = {}) {
  const { model, requests } = modelOf(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  return { agent: await replica(name, { model, runtime, world }), requests };
}

test("they share the tasks: each is answered once, and both have worked some", async () => {
  await replica("one", { model: sayer("one") });
  await replica("two", { model: sayer("two") });
  const numbers = Array.from({ length: 20 }, (_, i) => i);
  send(...numbers);
  await b.answered(20);
  expect(ids().sort()).toEqual(numbers.map(taskId).sort());
  expect(new Set(b.replies().map((one) => one["response"]))).toEqual(new Set(["one", "two"]));
});

describe("one that leaves", () => {
  test("does not hide the others: they say that the agent is there", async () => {
    const one = await replica("one");
    await replica("two");
    await one.stop(0);
    await until("available", () => status() === "available");
    expect(b.on(statusTopic("tester")).some((said) => said["status"] === "unavailable")).toBe(true);
  });

  test("without a goodbye does not hide them either", async () => {
    await replica("one");
    await replica("two");
    b.broker.publish({
      topic: statusTopic("tester"),
      payload: JSON.stringify({ agent_id: "tester", status: "unavailable" }),
      qos: 1,
      retain: true,
    });
    await until("available", () => status() === "available");
  });

  test("gives all that it has to the others: what runs, what waits, and what the broker sent it beyond that", async () => {
    const { agent, requests } = await stuck("one", { concurrency: 1, max_waiting: 3 });
    send(1, 2, 3, 4, 5, 6);
    await until("one to run", () => requests.length === 1);
    await until(
      "three in the journal, three unacknowledged",
      async () => (await agent.gauges()).waiting === 5,
    );
    await replica("two", { model: sayer("two") });
    await agent.stop(0);
    await b.answered(6);
    expect(ids().sort()).toEqual([1, 2, 3, 4, 5, 6].map(taskId));
    expect(b.broker.subscribers(inputTopic("tester"))).toBe(1);
    send(7, 8);
    await b.answered(8); // both went to the one that is there
    const store = openSqliteStore({ file: join(b.dir, "one.db") });
    expect(await store.stats()).toMatchObject({ waiting: 0, running: 0, outbox: 0 });
    await store.close();
  });

  test("and cannot give back what it has ends all the same", async () => {
    const blocked: Transport = b.broker.client({ clientId: "one", clean: false, handsOver: true });
    const publish: Transport["publish"] = (publication) =>
      publication.topic === inputTopic("tester") ? new Promise(() => {}) : blocked.publish(publication);
    const hurried: Clock = {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(ms === 5_000 ? 50 : ms, signal),
    };
    const { agent, requests } = await stuck(
      "one",
      { concurrency: 1, max_waiting: 2 },
      { transport: { ...blocked, publish }, clock: hurried },
    );
    send(1, 2, 3, 4);
    await until("one to run", () => requests.length === 1);
    await until("two to be unacknowledged", async () => (await agent.gauges()).waiting === 3);
    await replica("two");
    await agent.stop(0);
    const store = openSqliteStore({ file: join(b.dir, "one.db") });
    expect(await store.stats()).toMatchObject({ waiting: 0, outbox: 2 }); // for its next start
    await store.close();
  });

  test("as the last one stays subscribed: its session and its journal keep what there is for its return", async () => {
    const { agent, requests } = await stuck("one", { concurrency: 1 });
    send(1, 2);
    await until("one to run", () => requests.length === 1);
    await agent.stop(0);
    expect(status()).toBe("unavailable");
    send(3);
    await replica("one");
    await b.answered(3);
    expect(ids().sort()).toEqual([1, 2, 3].map(taskId));
  });
});

test("the filter is that of MQTT 5, with the agent's id as the group (§4.8.2)", () => {
  expect(sharedFilter("helper", inputTopic("helper"))).toBe("$share/helper//control/agents/helper/input");
});
