import { expect, test } from "bun:test";
import { race } from "./abort.ts";

const never = new Promise<never>(() => {});

test("gives the promise's outcome", async () => {
  const { signal } = new AbortController();
  expect(await race(Promise.resolve(1), signal)).toBe(1);
  await expect(race(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
});

test("rejects with the signal's reason when it aborts, or has", async () => {
  const abort = new AbortController();
  const racing = race(never, abort.signal);
  abort.abort(new Error("stop"));
  await expect(racing).rejects.toThrow("stop");
  // A rejection that comes after is no one's concern: unhandled, it would fail this test.
  await expect(race(Promise.reject(new Error("late")), abort.signal)).rejects.toThrow("stop");
});
