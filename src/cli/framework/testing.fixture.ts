import { type Clock, systemClock } from "../../base/clock.ts";
import type { Env } from "../../base/env.ts";
import { silent } from "../../log/logger.ts";
import type { Services } from "../services.ts";
import { colors } from "../terminal/colors.ts";
import type { Output } from "../terminal/streams.ts";
import { dispatch } from "./dispatch.ts";
import type { Program } from "./table.ts";
import type { World } from "./world.ts";

/** For tests: a world that keeps what is written, and in which nothing is real that was not put in. */

export interface CapturedOutput extends Output {
  readonly text: string;
}

export function capture({ isTTY = false, columns = 80, color = false } = {}): CapturedOutput {
  let text = "";
  return {
    isTTY,
    columns,
    colors: colors(color),
    write(more) {
      text += more;
    },
    get text() {
      return text;
    },
  };
}

export interface TestWorld {
  env?: Env;
  cwd?: string;
  stdin?: string;
  tty?: boolean;
  clock?: Clock;
  services?: Partial<Services>;
  /** Stands for SIGINT and SIGTERM: abort it with an Interrupted. */
  signal?: AbortSignal;
  stdout?: CapturedOutput;
  stderr?: CapturedOutput;
}

const unavailable = (name: string) => () => Promise.reject(new Error(`the test put in no ${name}`));

/** Runs a command line as main.ts does. */
export async function runCli(program: Program, argv: readonly string[], options: TestWorld = {}) {
  const { env = {}, cwd = "/nowhere", stdin = "", tty = false, clock = systemClock } = options;
  const { stdout = capture({ isTTY: tty }), stderr = capture({ isTTY: tty }) } = options;
  const signal = options.signal ?? new AbortController().signal;
  const world: World = {
    env,
    cwd,
    stdin: { isTTY: tty, text: async () => stdin, line: async () => stdin.split("\n")[0] },
    stdout,
    stderr,
    clock,
    services: {
      loadConfig: unavailable("config"),
      toolDescriptions: unavailable("tools"),
      openLog: async () => silent,
      startAgents: unavailable("agents"),
      openModel: unavailable("model"),
      detectOllama: async () => undefined,
      openTools: unavailable("tools"),
      openTransport: unavailable("transport"),
      openBroker: unavailable("broker"),
      fetch: unavailable("fetch"),
      ...options.services,
    },
    listen: () => signal,
  };
  const code = await dispatch(program, argv, world);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
