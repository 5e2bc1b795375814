import { expect, test } from "bun:test";
import { manualClock } from "../../test/peers/manual-clock.ts";
import { runUnless } from "./run-unless.ts";

const forever = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("gives what comes of it, and asks no more then", async () => {
  const clock = manualClock();
  const { signal } = new AbortController();
  let asked = 0;
  const outcome = await runUnless(
    async () => "done",
    async () => ++asked > 0,
    { clock, signal },
  );
  expect(outcome).toBe("done");
  await clock.advance(60_000);
  expect(asked).toBe(0);
});

test("gives up when it is hopeless, after looks that failed or saw hope", async () => {
  const clock = manualClock();
  const { signal } = new AbortController();
  const looks = [Promise.resolve(false), Promise.reject(new Error("no answer")), Promise.resolve(true)];
  for (const look of looks) look.catch(() => {});
  let asked = 0;
  const running = runUnless(forever, () => looks[asked++]!, { clock, signal });
  for (const _ of looks) {
    await clock.sleeping();
    await clock.advance(3_000);
  }
  expect(await running).toBeUndefined();
  expect(asked).toBe(3);
});

test("rejects as it does itself, and with the reason of the signal", async () => {
  const clock = manualClock();
  const abort = new AbortController();
  const never = async () => false;
  const failing = runUnless(() => Promise.reject(new Error("failed")), never, {
    clock,
    signal: abort.signal,
  });
  await expect(failing).rejects.toThrow("failed");
  const running = runUnless(forever, never, { clock, signal: abort.signal });
  abort.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
});
