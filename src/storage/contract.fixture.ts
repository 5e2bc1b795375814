import { afterEach, describe, expect, test } from "bun:test";
import type { NewTask, OutboxRow, Store } from "../runtime/ports/store.ts";
import type { Publication } from "../runtime/ports/transport.ts";

/** One place where a store keeps its state, opened any number of times one after the other. */
export interface StoreBed {
  open(): Promise<Store>;
  /** Leaves a handle as a process does that was killed: no `close`. */
  abandon(store: Store): Promise<void>;
  remove(): Promise<void>;
}

const task = (key: string, more: Partial<NewTask> = {}): NewTask => ({
  key,
  payload: `{"for":"${key}"}`,
  receivedAt: 1_000,
  ...more,
});
const message = (payload: string, more: Partial<Publication> = {}): Publication => ({
  topic: "/t",
  payload,
  qos: 1,
  retain: false,
  ...more,
});
/** Fills the outbox. */
const post = (store: Store, ...payloads: string[]) =>
  store.accept(task("needs no work", { done: payloads.map((payload) => message(payload)) }));
const payloads = (rows: OutboxRow[]) => rows.map(({ publication }) => publication.payload);

/** What every Store promises; see the docstrings of the port. */
export function storeContract(name: string, makeBed: () => Promise<StoreBed>): void {
  describe(`${name} keeps the Store contract`, () => {
    const beds: StoreBed[] = [];
    const handles = new Set<Store>();
    afterEach(async () => {
      for (const store of handles) await store.close();
      handles.clear();
      for (const bed of beds.splice(0)) await bed.remove();
    });

    const fresh = async () => {
      const bed = await makeBed();
      beds.push(bed);
      const open = async () => {
        const store = await bed.open();
        handles.add(store);
        return store;
      };
      const crash = async (store: Store) => {
        handles.delete(store);
        await bed.abandon(store);
        return open();
      };
      const reopen = async (store: Store) => {
        handles.delete(store);
        await store.close();
        return open();
      };
      return { store: await open(), crash, reopen };
    };

    test("a task is accepted once (FR-010)", async () => {
      const { store, reopen } = await fresh();
      expect(await store.accept(task("a"))).toBe("new");
      expect(await store.accept(task("a", { payload: "other" }))).toBe("duplicate");
      const [claimed] = await store.claim(1);
      await store.finish(claimed!.key, []);
      expect(await store.accept(task("a"))).toBe("duplicate");
      const again = await reopen(store);
      expect(await again.accept(task("a"))).toBe("duplicate");
    });

    test("tasks accepted at the same time are told apart", async () => {
      const { store } = await fresh();
      const verdicts = await Promise.all(["a", "b", "a", "c", "b"].map((key) => store.accept(task(key))));
      expect(verdicts).toEqual(["new", "new", "duplicate", "new", "duplicate"]);
    });

    test("tasks are claimed oldest first, each by one claim, with what came in", async () => {
      const { store } = await fresh();
      for (const key of ["a", "b", "c"]) await store.accept(task(key));
      const first = await store.claim(2);
      expect(first.map((t) => [t.key, t.payload, t.receivedAt, t.attempt])).toEqual([
        ["a", '{"for":"a"}', 1_000, 1],
        ["b", '{"for":"b"}', 1_000, 1],
      ]);
      expect((await store.claim(5)).map((t) => t.key)).toEqual(["c"]);
      expect(await store.claim(5)).toEqual([]);
    });

    test("a task whose process died is waiting again, and the attempt counts", async () => {
      const { store, crash } = await fresh();
      await store.accept(task("a"));
      await store.claim(1);
      const again = await crash(store);
      expect((await again.claim(1)).map((t) => [t.key, t.attempt])).toEqual([["a", 2]]);
    });

    test("a task that is handed back, or left by close, is waiting again and the attempt does not count", async () => {
      const { store, reopen } = await fresh();
      await store.accept(task("a"));
      await store.claim(1);
      await store.release("a");
      expect((await store.claim(1))[0]!.attempt).toBe(1);
      const again = await reopen(store);
      expect((await again.claim(1)).map((t) => [t.key, t.attempt])).toEqual([["a", 1]]);
    });

    test("finish ends the task and fills the outbox in one step", async () => {
      const { store, crash } = await fresh();
      await store.accept(task("a"));
      await store.claim(1);
      await store.finish("a", [message("1"), message("2", { retain: true, expirySeconds: 9 })]);
      const again = await crash(store);
      expect(await again.claim(1)).toEqual([]);
      expect((await again.takeOutbox(9)).map((row) => row.publication)).toEqual([
        message("1"),
        message("2", { retain: true, expirySeconds: 9 }),
      ]);
    });

    test("finish by someone who has no claim writes nothing", async () => {
      const { store, crash } = await fresh();
      await store.accept(task("a"));
      expect(await store.finish("a", [message("x")])).toBeUndefined();
      expect(await store.finish("nobody", [message("x")])).toBeUndefined();
      await store.claim(1);
      await store.finish("a", [message("1")]);
      expect(await store.finish("a", [message("2")])).toBeUndefined();
      const again = await crash(store);
      expect(payloads(await again.takeOutbox(9))).toEqual(["1"]);
    });

    test("a task that is withdrawn, waiting or running, is unknown again; what is sent for it is in the outbox, taken", async () => {
      const { store, crash } = await fresh();
      for (const key of ["runs", "waits"]) await store.accept(task(key));
      await store.claim(1);
      const rows = await store.withdraw("runs", [message("1")]);
      expect(payloads(rows!)).toEqual(["1"]);
      expect(payloads((await store.withdraw("waits", [message("2")]))!)).toEqual(["2"]);
      expect(await store.takeOutbox(9)).toEqual([]);
      expect(await store.stats()).toMatchObject({ waiting: 0, running: 0, outbox: 2 });
      const again = await crash(store);
      expect(payloads(await again.takeOutbox(9))).toEqual(["1", "2"]);
      expect(await again.claim(9)).toEqual([]);
      expect(await again.accept(task("runs"))).toBe("new");
    });

    test("nothing is written by withdraw for a task that is done or unknown, nor by finish for one that was withdrawn", async () => {
      const { store, crash } = await fresh();
      for (const key of ["done", "gone"]) await store.accept(task(key), true);
      await store.finish("done", []);
      expect(await store.withdraw("done", [message("x")])).toBeUndefined();
      expect(await store.withdraw("nobody", [message("x")])).toBeUndefined();
      expect(await store.withdraw("gone", [])).toEqual([]);
      expect(await store.finish("gone", [message("x")])).toBeUndefined();
      const again = await crash(store);
      expect(await again.takeOutbox(9)).toEqual([]);
      expect(await again.accept(task("done"))).toBe("duplicate");
    });

    test("what finish put in the outbox is taken by who finished, until put back", async () => {
      const { store } = await fresh();
      await store.accept(task("a"));
      await store.claim(1);
      const rows = await store.finish("a", [message("1"), message("2")]);
      expect(payloads(rows!)).toEqual(["1", "2"]);
      expect(await store.takeOutbox(9)).toEqual([]);
      await store.putBack(rows![1]!.id);
      expect(await store.takeOutbox(9)).toEqual([rows![1]!]);
    });

    test("a task can be accepted and claimed in one step, unless it is known or needs no work", async () => {
      const { store, crash } = await fresh();
      expect(await store.accept(task("a"), true)).toBe("claimed");
      expect(await store.accept(task("a"), true)).toBe("duplicate");
      expect(await store.accept(task("no", { done: [] }), true)).toBe("new");
      expect(await store.claim(9)).toEqual([]);
      expect(await store.stats()).toMatchObject({ waiting: 0, running: 1 });
      const again = await crash(store);
      expect((await again.claim(9)).map((t) => [t.key, t.attempt])).toEqual([["a", 2]]);
      expect(await again.finish("a", [])).toEqual([]);
    });

    test("a task that needs no work is done at once, and answered once", async () => {
      const { store } = await fresh();
      const refused = task("bad", { done: [message("no")] });
      expect(await store.accept(refused)).toBe("new");
      expect(await store.accept(refused)).toBe("duplicate");
      expect(await store.claim(9)).toEqual([]);
      expect((await store.takeOutbox(9)).length).toBe(1);
    });

    test("outbox rows are taken oldest first, once, until put back; sent ones are gone for good", async () => {
      const { store, crash } = await fresh();
      await post(store, "1", "2", "3");
      const [one, two] = await store.takeOutbox(2);
      expect([one, two].map((row) => row!.publication.payload)).toEqual(["1", "2"]);
      expect(payloads(await store.takeOutbox(9))).toEqual(["3"]);
      await store.putBack(two!.id);
      expect((await store.takeOutbox(9)).map((row) => row.id)).toEqual([two!.id]);
      await store.sent(one!.id);
      const again = await crash(store);
      expect(payloads(await again.takeOutbox(9))).toEqual(["2", "3"]);
    });

    test("what is not kept yet is not handed out", async () => {
      const { store } = await fresh();
      const kept = post(store, "1");
      expect(await store.takeOutbox(9)).toEqual([]);
      await kept;
      expect(payloads(await store.takeOutbox(9))).toEqual(["1"]);
    });

    test("a buried row is kept aside: counted, never taken again", async () => {
      const { store, crash } = await fresh();
      await post(store, "1", "2");
      const [one] = await store.takeOutbox(2);
      await store.bury(one!.id, "not authorised");
      expect(await store.stats()).toMatchObject({ outbox: 1, buried: 1 });
      const again = await crash(store);
      expect(payloads(await again.takeOutbox(9))).toEqual(["2"]);
    });

    test("what is sent instead of a buried row is in the outbox with it", async () => {
      const { store, crash } = await fresh();
      await post(store, "too large");
      const [row] = await store.takeOutbox(1);
      await store.bury(row!.id, "too large", [message("sorry")]);
      expect(payloads(await store.takeOutbox(9))).toEqual(["sorry"]);
      const again = await crash(store);
      expect(payloads(await again.takeOutbox(9))).toEqual(["sorry"]);
      expect(await again.stats()).toMatchObject({ outbox: 1, buried: 1 });
    });

    test("stats count what is waiting, running and unsent", async () => {
      const { store } = await fresh();
      for (const key of ["a", "b", "c"]) await store.accept(task(key));
      const [claimed] = await store.claim(2);
      await store.finish(claimed!.key, [message("1")]);
      expect(await store.stats()).toMatchObject({ waiting: 1, running: 1, outbox: 1, buried: 0 });
    });

    test("prune forgets finished tasks of before, never open ones", async () => {
      const { store } = await fresh();
      for (const key of ["done", "open"]) await store.accept(task(key));
      await store.claim(1);
      await store.finish("done", []);
      expect(await store.prune(Date.now() + 60_000)).toBe(1);
      expect(await store.accept(task("done"))).toBe("new");
      expect(await store.accept(task("open"))).toBe("duplicate");
    });

    test("payloads come back as they were: any text, 256 KiB", async () => {
      const { store, crash } = await fresh();
      const payload = `"\u0000'; DROP TABLE task; -- 🦜${"x".repeat(256 * 1024)}`;
      await store.accept(task("odd", { payload }));
      const again = await crash(store);
      expect((await again.claim(1))[0]!.payload).toBe(payload);
    });
  });
}
