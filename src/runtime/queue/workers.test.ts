import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../test/peers/until.ts";
import { systemClock } from "../../base/clock.ts";
import { silent } from "../../log/logger.ts";
import { openSqliteStore } from "../../storage/sqlite/store.ts";
import type { Store } from "../ports/store.ts";
import type { TaskToWork } from "../task/work.ts";
import { createWorkers, type Workers } from "./workers.ts";

let dir: string;
let store: Store;
/** Tasks that are being worked, and how to end them. */
let inside: Map<string, { task: TaskToWork; end(): void }>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "workers-"));
  store = openSqliteStore({ file: join(dir, "journal.db"), durability: "normal" });
  inside = new Map();
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

function workersOf(concurrency: number, through: Partial<Store> = {}): Workers {
  return createWorkers({
    store: { ...store, ...through },
    concurrency,
    clock: systemClock,
    log: silent,
    work: (task, abort) =>
      new Promise((resolve, reject) => {
        const end = () => {
          inside.delete(task.key);
          resolve({ outcome: "answered", publications: [] });
        };
        inside.set(task.key, { task, end });
        abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
      }),
    onDone() {},
  });
}

/** As the intake does: into the journal, and to a worker if one is free. */
async function comeIn(workers: Workers, ...keys: string[]): Promise<void> {
  await Promise.all(
    keys.map(async (key) => {
      const task = { key, payload: key, receivedAt: 0 };
      const verdict = await store.accept(task, workers.isIdle());
      if (verdict === "claimed") workers.begin({ ...task, attempt: 1 });
      else workers.wake();
    }),
  );
}
const worked = () => [...inside.keys()];

test("what comes in is begun without asking the journal for it, as long as a worker is free", async () => {
  let asked = 0;
  const workers = workersOf(2, {
    claim: (limit) => {
      asked += 1;
      return store.claim(limit);
    },
  });
  workers.start();
  await until("idle workers", () => workers.isIdle());
  await comeIn(workers, "a");
  await comeIn(workers, "b");
  expect(worked()).toEqual(["a", "b"]);
  expect(asked).toBe(1);
  expect(workers.isIdle()).toBe(false);
});

test("of what comes in at once, as much as may is begun; the rest waits in the journal as not begun", async () => {
  const workers = workersOf(2);
  workers.start();
  await until("idle workers", () => workers.isIdle());
  await comeIn(workers, "a", "b", "c", "d", "e");
  expect(workers.running()).toBe(2);
  await until("the rest to wait", async () => (await store.stats()).waiting === 3);
  for (const [first, next] of [
    ["a", "c"],
    ["b", "d"],
    ["c", "e"],
  ] as const) {
    inside.get(first)!.end();
    const { task } = await until(next, () => inside.get(next));
    expect(task.attempt).toBe(1);
    expect(workers.running()).toBe(2);
  }
});

test("a task in the journal comes before one that comes in", async () => {
  const workers = workersOf(1);
  await store.accept({ key: "old", payload: "", receivedAt: 0 });
  await comeIn(workers, "new");
  workers.start();
  await until("one to be worked", () => worked().length > 0);
  expect(worked()).toEqual(["old"]);
});

test("drain hands back what does not end, and it can be claimed again without the attempt counting", async () => {
  const workers = workersOf(1);
  workers.start();
  await until("an idle worker", () => workers.isIdle());
  await comeIn(workers, "a", "b");
  expect(await workers.drain(0)).toEqual({ handedBack: 1 });
  expect((await store.claim(9)).map(({ key, attempt }) => [key, attempt])).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
});
