import { duration } from "../../base/duration.ts";
import type { Progress } from "../../models/pipeline/types.ts";
import type { Context } from "../framework/context.ts";
import type { Globals } from "../framework/globals.ts";
import { type Spinner, spinner } from "../terminal/spinner.ts";
import type { Output } from "../terminal/streams.ts";

export interface Shown {
  progress(event: Progress): void;
  stop(): void;
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
  if (globals.quiet || globals.json) return { progress() {}, stop() {} };
  const waiting = spinner(stderr);
  let doing = "";
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    progress(event) {
      if (event.kind === "began") doing = event.text;
      if (event.kind === "count") {
        if (clock.monotonic() - drawn < PAUSE_MS) return;
        drawn = clock.monotonic();
      }
      tell(event, doing, waiting, stderr, globals.verbose);
    },
    stop: () => waiting.stop(),
  };
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
