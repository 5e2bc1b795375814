import type { Env } from "./env.ts";
import { ExpectedError, toError } from "./errors.ts";
import { systemReason } from "./system-error.ts";

export interface ProgramCall {
  argv: readonly [command: string, ...args: string[]];
  stdin?: string;
  env: Env;
  cwd: string;
  timeoutSeconds?: number | undefined;
  /** Ends the program: SIGTERM, and SIGKILL when it has not ended within {@link GRACE_MS}. */
  signal: AbortSignal;
  /** Gets all that the program writes, as it writes it, in whole lines. */
  onLine?: ((line: string) => void) | undefined;
}

export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Ended by us, as it took longer than it may. */
  timedOut: boolean;
}

const GRACE_MS = 5_000;

/** What a program that has ended left behind may hold its pipes open for so long. */
const PIPE_MS = 1_000;

/**
 * Runs a program to its end. Rejects with the signal's reason when that aborts, with an ExpectedError when the program
 * cannot be started; a program that fails is a result.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const { signal, timeoutSeconds, onLine } = call;
  signal.throwIfAborted();
  const child = start(call);
  const timeout = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000);
  const stop = AbortSignal.any(timeout === undefined ? [signal] : [signal, timeout]);
  const kills = killWhen(stop, child);
  try {
    const outputs = [read(child.stdout, onLine), read(child.stderr, onLine)] as const;
    const code = await child.exited;
    const [stdout, stderr] = await Promise.all(outputs.map((output) => output.endWithin(PIPE_MS)));
    signal.throwIfAborted();
    return { code, stdout: stdout!, stderr: stderr!, timedOut: timeout?.aborted === true };
  } finally {
    kills.forget();
  }
}

type Child = Bun.Subprocess<Buffer | "ignore", "pipe", "pipe">;

function start({ argv, stdin, env, cwd }: ProgramCall): Child {
  try {
    return Bun.spawn([...argv], {
      cwd,
      env: { ...env },
      stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
      stdout: "pipe",
      stderr: "pipe",
    });
  } catch (cause) {
    throw new ExpectedError(
      `${argv[0]} cannot be started: ${systemReason(cause) ?? toError(cause).message}`,
      { cause },
    );
  }
}

function killWhen(stop: AbortSignal, child: Child): { forget(): void } {
  let insisting: ReturnType<typeof setTimeout> | undefined;
  const kill = () => {
    child.kill("SIGTERM");
    insisting = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  stop.addEventListener("abort", kill, { once: true });
  return {
    forget() {
      stop.removeEventListener("abort", kill);
      clearTimeout(insisting);
    },
  };
}

interface Reading {
  /** All of it, or what there is after `ms`. */
  endWithin(ms: number): Promise<string>;
}

function read(stream: ReadableStream<Uint8Array>, onLine?: (line: string) => void): Reading {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [text, told] = ["", 0];
  const tell = (end: number) => {
    if (onLine && end > told)
      for (const line of text.slice(told, end).replace(/\n$/, "").split("\n")) onLine(line);
    told = Math.max(told, end);
  };
  const reading = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      tell(text.lastIndexOf("\n") + 1);
    }
  })();
  return {
    async endWithin(ms) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, ms);
      await Promise.race([reading, late.promise]);
      clearTimeout(timer);
      await reader.cancel();
      tell(text.length);
      return text;
    },
  };
}
