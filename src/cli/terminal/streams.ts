import { writeSync } from "node:fs";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { type Colors, colors } from "./colors.ts";

export interface Output {
  /** Written when it returns: nothing is lost when the process exits. */
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters; 80 when it is no terminal. */
  readonly columns: number;
  readonly colors: Colors;
}

export interface Input {
  readonly isTTY: boolean;
  /** All of it, as UTF-8. */
  text(): Promise<string>;
  /** The next line that someone types; undefined when there is none any more. */
  line(): Promise<string | undefined>;
}

export const line = (out: Output, text = ""): void => out.write(`${text}\n`);

/** `warning: …`, which someone should see and nothing waits for. */
export const warningLine = (out: Output, text: string): void =>
  line(out, `${out.colors.yellow("warning:")} ${text}`);

/** `hint: …`: what to do next. */
export const hintLine = (out: Output, text: string): void => line(out, `${out.colors.cyan("hint:")} ${text}`);

export interface FileOutputOptions {
  isTTY: boolean;
  color: boolean;
  /** Asked when the width is needed. */
  columns(): number;
  onClosed(): void;
}

/**
 * A stream on a file descriptor. Writes are synchronous, since an asynchronous one is cut off by the exit of the
 * process. When the reader has gone (EPIPE) the rest is dropped and `onClosed` is called once. Throws an ExpectedError for a
 * disk that is full, but for standard error, about which nobody can be told.
 */
export function fileOutput(fd: number, { isTTY, color, columns, onClosed }: FileOutputOptions): Output {
  let open = true;
  return {
    isTTY,
    get columns() {
      return isTTY ? columns() : 80;
    },
    colors: colors(color),
    write(text) {
      if (!open) return;
      open = writeAll(fd, Buffer.from(text));
      if (!open) onClosed();
    },
  };
}

const RETRY_MS = 1;
const STDERR = 2;

const unwritable = (cause: unknown): unknown => {
  const reason = systemReason(cause);
  return reason === undefined
    ? cause
    : new ExpectedError(`the output cannot be written: ${reason}`, { cause });
};

/** False when nobody reads any more. */
function writeAll(fd: number, bytes: Uint8Array): boolean {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (errorCode(error) === "EPIPE") return false;
      // The other end made the pipe non-blocking and reads slowly.
      if (errorCode(error) !== "EAGAIN") {
        if (fd === STDERR) return false; // nobody can be told
        throw unwritable(error);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
  return true;
}
