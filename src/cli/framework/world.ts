import type { Context } from "./context.ts";

/** All that a program gets from the process, apart from its arguments; program.ts makes it. */
export type World = Omit<Context, "program" | "globals" | "signal"> & {
  /** Begins to listen for signals: called once, when a command runs. */
  listen(): AbortSignal;
};
