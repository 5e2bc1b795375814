import { MAX_TIMER_MS } from "./clock.ts";
import * as z from "./zod.ts";

const MAX_TIMER_SECS = Math.floor(MAX_TIMER_MS / 1000);
const WHY = "24.8 days, the longest a timer can run";

/** Seconds above 0, in a config, that become a timer. */
export const timerSecs = () =>
  z.number().check(z.positive(), z.maximum(MAX_TIMER_SECS, `expected at most ${MAX_TIMER_SECS} (${WHY})`));

/** Whole milliseconds from 1, in a config, that become a timer. */
export const timerMs = () =>
  z.int().check(z.minimum(1), z.maximum(MAX_TIMER_MS, `expected at most ${MAX_TIMER_MS} (${WHY})`));
