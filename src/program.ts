import { fstatSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { systemClock } from "./base/clock.ts";
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

/** The first signal asks to stop, the second insists. What no command caught is told about like any other error. */
function listen(): AbortSignal {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, async (thrown: unknown) =>
      process.exit(await report(thrown, program.name, argv, world)),
    );
  }
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort(new Interrupted(name));
    });
  }
  return interrupt.signal;
}

const world: World = {
  env: process.env,
  cwd: process.cwd(),
  stdin: { isTTY: isTerminal(0), text: () => Bun.stdin.text() },
  stdout: output(1),
  stderr: output(2),
  clock: systemClock,
  services,
  listen,
};

/** Runs the command line to its end. */
export async function run(): Promise<never> {
  process.exit(await dispatch(program, argv, world));
}

const program = programNamed(basename(process.argv0).replace(/\.exe$/, ""));
