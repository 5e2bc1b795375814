import type { Clock } from "../../base/clock.ts";
import type { Env } from "../../base/env.ts";
import type { Services } from "../services.ts";
import type { Input, Output } from "../terminal/streams.ts";
import type { Globals } from "./globals.ts";

/** The world as a command sees it: nothing below main.ts touches `process`. */
export interface Context {
  /** Name the program was called by. */
  program: string;
  env: Env;
  cwd: string;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  /** Aborts on the first SIGINT or SIGTERM with an Interrupted as its reason. */
  signal: AbortSignal;
  clock: Clock;
  globals: Globals;
  services: Services;
}
