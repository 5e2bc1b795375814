import { expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import type { Progress } from "../../models/pipeline/types.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { capture } from "../framework/testing.fixture.ts";
import { showProgress } from "./show-progress.ts";

const began: Progress = { kind: "began", step: "calibrate", text: "Calibrating" };
const count = (done: number, total = 300): Progress => ({ kind: "count", step: "calibrate", done, total });
const done: Progress = { kind: "done", step: "calibrate", text: "300 samples", ms: 1500 };
const said: Progress = { kind: "line", step: "build", text: "[I] Building" };

async function shown(
  events: readonly (Progress | number)[],
  { isTTY = false, quiet = false, json = false, verbose = false } = {},
): Promise<string> {
  const [stderr, clock] = [capture({ isTTY }), manualClock()];
  const showing = showProgress({ stderr, clock, globals: { quiet, json, verbose } });
  for (const event of events) {
    if (typeof event === "number") await clock.advance(event);
    else showing.progress(event);
  }
  showing.stop();
  return stderr.text;
}

test("a terminal gets a bar that grows, no more often than an eye can see", async () => {
  const text = await shown([began, count(75), count(76), 60, count(150), done], { isTTY: true });
  expect(text).toContain(`Calibrating ${"━".repeat(6)}${"─".repeat(18)} 75/300`);
  expect(text).not.toContain("76/300");
  expect(text).toContain(`Calibrating ${"━".repeat(12)}${"─".repeat(12)} 150/300`);
  expect(text).toContain("✓ Calibrating: 300 samples (1.5 s)\n");
});

test("where the end is not known there is a number", async () => {
  expect(await shown([began, count(7, 0)], { isTTY: true })).toContain("Calibrating (7 tried)");
});

test("a pipe gets a line for each step, and warnings", async () => {
  const warning: Progress = { kind: "warning", text: "Only 5 samples." };
  expect(await shown([began, count(1), said, warning, done])).toBe(
    "! Only 5 samples.\n✓ Calibrating: 300 samples (1.5 s)\n",
  );
});

test("--verbose shows what other programs say", async () => {
  expect(await shown([began, said], { verbose: true })).toBe("  [I] Building\n");
});

test.each([
  [[], "stopped; nothing was written\n"],
  [["calibrate"], "stopped; run it again to go on where it stopped\n"],
  [["calibrate", "quantize"], "stopped; run it again, and the calibration need not be done again\n"],
] as const)("who stops it after %j is told what a further run begins with", (steps, text) => {
  const stderr = capture();
  const showing = showProgress({
    stderr,
    clock: manualClock(),
    globals: { quiet: false, json: false, verbose: false },
  });
  for (const step of steps) showing.progress({ kind: "began", step, text: "" });
  showing.stopped(new Error("something else"));
  showing.stopped(new Interrupted("EPIPE"));
  expect(stderr.text).toBe("");
  showing.stopped(new Interrupted("SIGINT"));
  expect(stderr.text).toBe(text);
});

test.each([{ quiet: true }, { json: true }])("nothing is said with %j", async (how) => {
  expect(await shown([began, count(1), said, done], how)).toBe("");
});
