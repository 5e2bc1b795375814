import type { Clock } from "../../base/clock.ts";
import type { HttpWorld } from "./types.ts";

/** A clock as the readers of models take it. */
export const timeOf = (clock: Clock): Pick<HttpWorld, "now" | "wait"> => ({
  now: () => clock.now(),
  async wait(ms, signal) {
    await clock.sleep(ms, signal);
    signal?.throwIfAborted();
  },
});
