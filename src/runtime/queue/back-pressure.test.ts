import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../../test/peers/until.ts";
import { type Bed, bed, envelope, modelOf, reply, TASK_ID, taskId } from "../testing.fixture.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

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
    await b.answered(10);
    expect(b.replies().every((r) => r["response"] !== "slow")).toBe(true);
    expect(most).toBe(2);
    gates.get("slow")!();
    await b.answered(11);
  });

  test("a burst of invalid tasks, more than max_waiting, is answered in full", async () => {
    await b.start({ runtime: { max_waiting: 2 } });
    for (let i = 0; i < 50; i++) b.send(envelope("tester", { task_id: `bad ${i}` }));
    expect(await b.answered(50)).toHaveLength(50);
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
    await b.answered(20);
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
    const [answer] = await b.answered();
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
