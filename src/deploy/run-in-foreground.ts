import type { ProgramCall } from "../base/run-program.ts";

/**
 * Runs a program to its end, with our standard output and error as its own. When the signal aborts it is asked to end,
 * once: it is in a session of its own, so that Ctrl-C on the terminal does not ask it as well. Gives its exit code.
 */
export async function runInForeground({
  argv,
  env,
  cwd,
  signal,
}: Pick<ProgramCall, "argv" | "env" | "cwd" | "signal">): Promise<number> {
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    detached: true,
  });
  const ask = () => child.kill("SIGTERM");
  signal.addEventListener("abort", ask, { once: true });
  if (signal.aborted) ask();
  try {
    return await child.exited;
  } finally {
    signal.removeEventListener("abort", ask);
  }
}
