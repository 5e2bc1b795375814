import { constants } from "node:os";
import { within } from "../../base/within.ts";
import type { Run, SupervisedProcess } from "../../deploy/supervise/process.ts";

/**
 * Starts a program in a session of its own: Ctrl-C on the terminal reaches the supervisor alone, which asks each program
 * once to end. Twice would mean at once.
 */
export function spawnProcess({ argv, env }: SupervisedProcess, onLine: (line: string) => void): Run {
  const child = Bun.spawn([...argv], {
    env: { ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const read = Promise.all([readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
  const exited = child.exited.then(async (code) => {
    // What the program left behind may hold its pipes open.
    await within(PIPE_MS, read).catch(() => undefined);
    return child.signalCode === null ? code : 128 + signalNumber(String(child.signalCode));
  });
  return { pid: child.pid, exited, kill: (signal) => child.kill(signal) };
}

const signalNumber = (name: string): number =>
  Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0;

const PIPE_MS = 1_000;

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
