import { expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { Silence } from "./faults.ts";
import { withSilenceLimit } from "./silence.ts";

const { signal } = new AbortController();

test("work that is done in time is not disturbed", async () => {
  const clock = manualClock();
  const work = async (inner: AbortSignal) => {
    expect(inner.aborted).toBe(false);
    return 7;
  };
  expect(await withSilenceLimit(work, { limitMs: 10, clock, signal })).toBe(7);
});

test("a failure of the work is its own", async () => {
  const failure = new Error("mine");
  const work = () => Promise.reject(failure);
  await expect(withSilenceLimit(work, { limitMs: 10, clock: manualClock(), signal })).rejects.toBe(failure);
});

test("silence ends it, also when the work does not listen", async () => {
  const clock = manualClock();
  let inner: AbortSignal | undefined;
  const outcome = withSilenceLimit(
    (given) => {
      inner = given;
      return new Promise(() => {});
    },
    { limitMs: 1_000, clock, signal },
  ).catch((thrown: unknown) => thrown);
  await clock.advance(999);
  expect(inner?.aborted).toBe(false);
  await clock.advance(1);
  expect(await outcome).toBeInstanceOf(Silence);
  expect(inner?.aborted).toBe(true);
});

test("signs of life begin the count anew", async () => {
  const clock = manualClock();
  let alive = () => {};
  const outcome = withSilenceLimit(
    (_, given) => {
      alive = given;
      return new Promise(() => {});
    },
    { limitMs: 1_000, clock, signal },
  ).then(
    () => Number.NaN,
    () => clock.now(),
  );
  const began = clock.now();
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(900);
    alive();
  }
  await clock.advance(1_000);
  expect((await outcome) - began).toBe(5_500);
});

test("the outer signal's reason comes through, before or during the work", async () => {
  const reason = new Error("cancelled");
  const never = () => new Promise(() => {});
  const options = { limitMs: 1_000, clock: manualClock() };
  await expect(withSilenceLimit(never, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
  const cancel = new AbortController();
  const outcome = withSilenceLimit(never, { ...options, signal: cancel.signal });
  cancel.abort(reason);
  await expect(outcome).rejects.toBe(reason);
});
