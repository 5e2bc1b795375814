import { expect, test } from "bun:test";
import { MAX_TIMER_MS } from "./clock.ts";
import { timerMs, timerSecs } from "./timer-schema.ts";

test("what is taken can be a timer, and the longest timer is taken", () => {
  expect(timerMs().safeParse(MAX_TIMER_MS).success).toBe(true);
  const secs = Math.floor(MAX_TIMER_MS / 1000);
  expect(timerSecs().safeParse(secs).success).toBe(true);
  for (const none of [0, -1, Number.NaN, Infinity]) {
    expect(timerSecs().safeParse(none).success).toBe(false);
    expect(timerMs().safeParse(none).success).toBe(false);
  }
});

test("longer ones, which would fire at once, are refused with the bound and its reason", () => {
  const problem = ({ error }: { error?: { issues: { message: string }[] } | undefined }) =>
    error?.issues[0]?.message;
  expect(problem(timerSecs().safeParse(2_147_484))).toBe(
    "expected at most 2147483 (24.8 days, the longest a timer can run)",
  );
  expect(problem(timerMs().safeParse(MAX_TIMER_MS + 1))).toBe(
    "expected at most 2147483647 (24.8 days, the longest a timer can run)",
  );
});
