import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { manualClock } from "../../test/peers/manual-clock.ts";
import { until } from "../../test/peers/until.ts";
import { statusTopic } from "../protocol/topics.ts";
import { openSqliteStore } from "../storage/sqlite/store.ts";
import { type Bed, type BedOptions, bed, envelope, modelOf, reply, taskId } from "./testing.fixture.ts";

/** A new instance takes the place of one that runs: same agent, same MQTT client id, a journal of its own. */

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

const successor = (more: BedOptions = {}) => b.start({ clientId: "tester", journal: "next", ...more });
const status = () => JSON.parse(b.broker.retained()[statusTopic("tester")]!).status;
const answeredIds = () => b.replies().map((reply) => reply["task_id"]);

/** A model that answers when it is let; `by` says who did. */
function slow(by: string) {
  const gate = Promise.withResolvers<void>();
  const { model, requests } = modelOf(async () => {
    await gate.promise;
    return reply(`by ${by}`);
  });
  return { model, requests, release: gate.resolve };
}

test("the old one takes no more tasks, ends what it has, running or waiting, and its answers leave", async () => {
  const old = slow("the old one");
  const first = await b.start({ model: old.model, runtime: { concurrency: 1 } });
  for (const n of [1, 2]) b.send(envelope("tester", { task_id: taskId(n) }));
  await until("one to run, one to wait", async () => {
    const { running, waiting } = await first.gauges();
    return running === 1 && waiting === 1;
  });
  const second = await successor({ model: modelOf(() => reply("by the new one")).model });
  b.send(envelope("tester", { task_id: taskId(3) }));
  await b.answered();
  expect({ first: first.ready(), second: second.ready() }).toEqual({ first: false, second: true });
  expect(first.whyNotReady?.()).toBe("another instance took over");
  expect((await first.checks())["mqtt"]).toMatchObject({
    status: "unhealthy",
    message: expect.stringContaining("two agents run with one id: stop one, or give it another [agent] id"),
  });
  old.release();
  const answers = await b.answered(3);
  expect(Object.fromEntries(answers.map((a) => [a["task_id"], a["response"]]))).toEqual({
    [taskId(1)]: "by the old one",
    [taskId(2)]: "by the old one",
    [taskId(3)]: "by the new one",
  });
});

test("the status is the new one's: the old one says neither that it is there nor goodbye", async () => {
  const first = await b.start({ heartbeatSecs: 1 });
  await successor();
  await until("available", () => status() === "available");
  const said = b.on(statusTopic("tester")).length;
  await first.stop(0);
  expect(b.on(statusTopic("tester")).length).toBe(said);
  expect(status()).toBe("available");
});

test("what the old one has not acknowledged in time it forgets: the broker gives it to the new one", async () => {
  const gate = Promise.withResolvers<void>();
  const store = openSqliteStore({ file: join(b.dir, "slow.db") });
  let asked = 0;
  const slowStore = {
    ...store,
    accept: async (...args: Parameters<typeof store.accept>) => {
      asked += 1;
      await gate.promise;
      return store.accept(...args);
    },
  };
  const first = await b.start({ world: { store: slowStore } });
  for (const n of [1, 2, 3]) b.send(envelope("tester", { task_id: taskId(n) }));
  await until("the tasks to be on their way into the journal", () => asked === 3);
  await successor();
  gate.resolve();
  await b.answered(3);
  expect(await store.stats()).toMatchObject({ waiting: 0, running: 0, outbox: 0 });
  expect(answeredIds().sort()).toEqual([1, 2, 3].map(taskId));
  await first.stop(0);
});

describe("when the new instance goes", () => {
  const takenOver = async () => {
    const clock = manualClock();
    const first = await b.start({ world: { clock } });
    const second = await successor();
    await until("the old one to watch", () => b.broker.subscribers(statusTopic("tester")) === 1);
    return { clock, first, second };
  };

  test("and nobody comes in half a minute, the old one takes its place back", async () => {
    const { clock, first, second } = await takenOver();
    await second.stop(0);
    expect(status()).toBe("unavailable");
    b.send(envelope("tester", { task_id: taskId(1) }));
    await clock.sleeping((ms) => ms === 30_000);
    await clock.advance(29_999);
    expect(first.ready()).toBe(false);
    await clock.advance(1);
    await until("it to be ready", () => first.ready());
    expect(first.whyNotReady?.()).toBeUndefined();
    await b.answered();
    expect(status()).toBe("available");
  });

  test("and one comes in time, it stays away", async () => {
    const { clock, first, second } = await takenOver();
    await second.stop(0);
    await clock.sleeping((ms) => ms === 30_000);
    await successor({ journal: "third" });
    await until("available", () => status() === "available");
    await clock.advance(60_000);
    expect(first.ready()).toBe(false);
  });
});

describe("at the end of the grace period", () => {
  const unfinished = async (runtime: object) => {
    const { model, release } = slow("the first");
    const first = await b.start({ model, runtime: { concurrency: 1, ...runtime } });
    for (const n of [1, 2, 3]) b.send(envelope("tester", { task_id: taskId(n), conversation_id: `c${n}` }));
    await until("one to run, two to wait", async () => (await first.gauges()).waiting === 2);
    await first.stop(0);
    release();
    expect(b.replies()).toEqual([]);
  };

  test('tasks go to whoever comes next, without this journal (hand_back = "broker")', async () => {
    await unfinished({ hand_back: "broker" });
    await b.start({ journal: "fresh" });
    await b.answered(3);
    expect(answeredIds().sort()).toEqual([1, 2, 3].map(taskId));
    // The journal that survived does not work them again.
    const store = openSqliteStore({ file: join(b.dir, "tester.db") });
    expect(await store.stats()).toMatchObject({ waiting: 0, running: 0, outbox: 0 });
    await store.close();
  });

  test("tasks that went to the broker are none that the same journal knows", async () => {
    await unfinished({ hand_back: "broker" });
    await b.start();
    await b.answered(3);
    expect(answeredIds().sort()).toEqual([1, 2, 3].map(taskId));
  });

  test("tasks stay in the journal by default", async () => {
    await unfinished({});
    const store = openSqliteStore({ file: join(b.dir, "tester.db") });
    expect(await store.stats()).toMatchObject({ waiting: 3, outbox: 0 });
    await store.close();
  });

  test("tasks stay in the journal while there is no broker to hand them back to", async () => {
    const { model, release } = slow("the first");
    const first = await b.start({ model, runtime: { hand_back: "broker" } });
    b.send(envelope("tester"));
    await until("it to run", async () => (await first.gauges()).running === 1);
    b.broker.down();
    await first.stop(0);
    release();
    const store = openSqliteStore({ file: join(b.dir, "tester.db") });
    expect(await store.stats()).toMatchObject({ waiting: 1, outbox: 0 });
    await store.close();
  });
});
