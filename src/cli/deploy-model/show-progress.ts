import { duration } from "../../base/duration.ts";
import type { Progress, StepName } from "../../models/pipeline/types.ts";
import type { Context } from "../framework/context.ts";
import type { Globals } from "../framework/globals.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { type Spinner, spinner } from "../terminal/spinner.ts";
import type { Output } from "../terminal/streams.ts";

export interface Shown {
  progress(event: Progress): void;
  stop(): void;
  /** Tells whoever has stopped it what a further run begins with; of other failures nothing. */
  stopped(thrown: unknown): void;
}

type Telling = Pick<Globals, "quiet" | "json" | "verbose">;

/** Counts come by the thousand; an eye takes no more. */
const PAUSE_MS = 50;

/** Steps as they go, on standard error: a bar on a terminal, a line each elsewhere, nothing with --quiet or --json. */
export function showProgress({
  stderr,
  globals,
  clock,
}: Pick<Context, "stderr" | "clock"> & { globals: Telling }): Shown {
  if (globals.quiet || globals.json) return { progress() {}, stop() {}, stopped() {} };
  const waiting = spinner(stderr);
  const begun = new Set<StepName>();
  let doing = "";
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    progress(event) {
      if (event.kind === "began") {
        doing = event.text;
        begun.add(event.step);
      }
      if (event.kind === "count") {
        if (clock.monotonic() - drawn < PAUSE_MS) return;
        drawn = clock.monotonic();
      }
      tell(event, doing, waiting, stderr, globals.verbose);
    },
    stop: () => waiting.stop(),
    stopped(thrown) {
      if (!(thrown instanceof Interrupted) || thrown.by === "EPIPE") return;
      waiting.stop();
      stderr.write(`${stoppedText(begun)}\n`);
    },
  };
}

/** Only the calibration is kept of what does not come to its end. */
function stoppedText(begun: ReadonlySet<StepName>): string {
  if (!begun.has("calibrate")) return "stopped; nothing was written";
  return begun.has("quantize")
    ? "stopped; run it again, and the calibration need not be done again"
    : "stopped; run it again to go on where it stopped";
}

function tell(event: Progress, doing: string, waiting: Spinner, { colors }: Output, verbose: boolean): void {
  switch (event.kind) {
    case "began":
      waiting.say(event.text);
      return;
    case "count":
      waiting.say(`${doing} ${countText(event)}`);
      return;
    case "line":
      if (verbose) waiting.above(`${colors.dim(`  ${event.text}`)}\n`);
      return;
    case "warning":
      waiting.above(`${colors.yellow("!")} ${event.text}\n`);
      return;
    case "done":
      waiting.above(
        `${colors.green("✓")} ${doing}: ${event.text} ${colors.dim(`(${duration(event.ms)})`)}\n`,
      );
  }
}

const WIDTH = 24;

/** `━━━━━━──────  120/300`; a number alone where the end is not known. */
function countText({ done, total }: { done: number; total: number }): string {
  if (total === 0) return `(${done} tried)`;
  const full = Math.round((done / total) * WIDTH);
  return `${"━".repeat(full)}${"─".repeat(WIDTH - full)} ${done}/${total}`;
}
