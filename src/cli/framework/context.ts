import type { Clock } from "../../base/clock.ts";
import type { Env } from "../../base/env.ts";
import type { Services } from "../services.ts";
import type { Input, Output } from "../terminal/streams.ts";
import type { Globals } from "./globals.ts";

/** The world as a command sees it: nothing below program.ts touches `process`. */
export interface Context {
  /** How the program was called, for texts that say what to type: `agent2389`, `agent2389 agent-deploy`. */
  program: string;
  /** File of this program, for those that it starts; undefined: not known. */
  executable?: string;
  env: Env;
  cwd: string;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  /** Aborts when the program shall end: with an Interrupted as its reason, or an error that nothing caught. */
  signal: AbortSignal;
  clock: Clock;
  globals: Globals;
  services: Services;
}
