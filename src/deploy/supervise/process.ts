import type { Clock } from "../../base/clock.ts";
import type { RestartPolicy } from "./restart-policy.ts";

/** A program that is to run all the time. */
export interface SupervisedProcess {
  name: string;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Seconds after which it is killed when it does not end by itself. */
  killAfterSeconds: number;
}

/** One run of it. */
export interface Run {
  pid: number;
  /** Exit code; 128 and more for a signal, as shells count. Never rejects. */
  exited: Promise<number>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export type SupervisorEvent =
  | { kind: "started"; name: string; pid: number }
  | { kind: "line"; name: string; line: string }
  /** By itself; `inMs` until it is started again. */
  | { kind: "ended"; name: string; code: number; inMs: number }
  | { kind: "gave up"; name: string; reason: string; lastLines: readonly string[] }
  | { kind: "stopped"; name: string; killed: boolean };

export interface SupervisorDeps {
  /** Starts the program; throws when it cannot be started. */
  spawn(process: SupervisedProcess, onLine: (line: string) => void): Run;
  clock: Clock;
  /** From 0 to 1, for the jitter of delays. */
  random: () => number;
  tell(event: SupervisorEvent): void;
  policy?: RestartPolicy;
}

export interface ProcessStatus {
  name: string;
  state: "running" | "waiting" | "gave up" | "stopped";
  /** While it runs. */
  pid: number | undefined;
  /** When it was last started, in ms since 1970. */
  since: number | undefined;
  restarts: number;
  /** Why it was given up. */
  reason: string | undefined;
}
