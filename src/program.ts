import { fstatSync, type Stats, statSync } from "node:fs";
import { systemClock } from "./base/clock.ts";
import { withFiles } from "./base/env-files.ts";
import { toError } from "./base/errors.ts";
import { dispatch, report } from "./cli/framework/dispatch.ts";
import { Interrupted } from "./cli/framework/interrupted.ts";
import type { World } from "./cli/framework/world.ts";
import { programNamed } from "./cli/index.ts";
import { services } from "./cli/services.ts";
import { wantsColor } from "./cli/terminal/colors.ts";
import { fileOutput, type Output } from "./cli/terminal/streams.ts";

/** The process as values: the only place but main.ts that knows it, and that exits. */

const argv = process.argv.slice(2);
const interrupt = new AbortController();

/** Loading node:tty or process.stdout costs more than starting the program: only devices are asked about. */
const isTerminal = (fd: number): boolean => {
  try {
    return mayBeTerminal(fstatSync(fd)) && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false; // closed: `agent2389 >&-`
  }
};

/** /dev/null is a device too, and what most services, containers and scripts have for their input. */
const mayBeTerminal = (stats: Stats): boolean =>
  stats.isCharacterDevice() && (process.platform === "win32" || stats.rdev !== statSync("/dev/null").rdev);

async function typedLine(): Promise<string | undefined> {
  for await (const line of console) return line;
  return undefined;
}

function output(fd: 1 | 2): Output {
  const isTTY = isTerminal(fd);
  return fileOutput(fd, {
    isTTY,
    color: wantsColor(process.env, isTTY, argv.includes("--no-color")),
    columns: () =>
      Number(process.env["COLUMNS"]) || (fd === 1 ? process.stdout : process.stderr).columns || 80,
    // Who no longer reads the result wants no more of it; an agent whose log nobody reads goes on.
    onClosed: () => fd === 1 && interrupt.abort(new Interrupted("EPIPE")),
  });
}

/**
 * The first signal asks to stop, the second insists. An error that nothing caught asks to stop, too: the command ends in
 * order, drains its agents, and fails with it.
 */
function listen(): AbortSignal {
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, onStray);
  let asked = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (asked) process.exit(130);
      asked = true;
      interrupt.abort(new Interrupted(name));
    });
  }
  return interrupt.signal;
}

/** What nothing caught while the program was ending already: the command does not tell about it. */
const late: Promise<number>[] = [];

function onStray(thrown: unknown): void {
  if (interrupt.signal.aborted) late.push(report(thrown, program.name, argv, world));
  else interrupt.abort(toError(thrown));
}

const world: World = {
  executable: process.execPath,
  env: withFiles(process.env),
  cwd: process.cwd(),
  stdin: { isTTY: isTerminal(0), text: () => Bun.stdin.text(), line: typedLine },
  stdout: output(1),
  stderr: output(2),
  clock: systemClock,
  services,
  listen,
};

/** What still runs then is no start any more. */
const STARTED_AFTER_MS = 100;

/** Runs the command line to its end. It starts with few functions compiled (scripts/build.ts). */
export async function run(): Promise<never> {
  setTimeout(() => Bun.unsafe.setJITPolicy(1), STARTED_AFTER_MS).unref();
  const status = await dispatch(program, argv, world);
  const failures = await Promise.all(late);
  process.exit(status === 0 ? (failures[0] ?? 0) : status);
}

const program = programNamed(process.argv0);
