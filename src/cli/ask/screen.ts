import { spinner } from "../terminal/spinner.ts";
import type { Output } from "../terminal/streams.ts";

export interface ScreenOptions {
  stdout: Output;
  stderr: Output;
  /** Show the answer only. */
  quiet: boolean;
}

/** Two streams that may be one terminal: what is told stands on lines of its own, between pieces of the text. */
export function createScreen({ stdout, stderr, quiet }: ScreenOptions) {
  const streams = stdout.isTTY && !quiet;
  const spin = spinner(stderr);
  /** Text of the model that stands on the screen, since its last call began. */
  let shown = "";
  let atLineStart = true;

  const write = (text: string): void => {
    stdout.write(text);
    atLineStart = text.endsWith("\n");
  };
  const endLine = (): void => {
    if (!atLineStart) write("\n");
  };
  const tell = (text: string): void => {
    if (quiet) return;
    endLine();
    spin.above(`${text}\n`);
  };
  return {
    tell,
    /** What is going on just now. */
    say(text: string): void {
      if (!quiet && atLineStart) spin.say(text);
    },
    newText(): void {
      endLine();
      shown = "";
    },
    /** A piece of the text that the model writes, or that it begins anew. */
    delta({ delta: text, restart }: Record<string, unknown>): void {
      if (!streams) return;
      if (restart === true) {
        tell(stderr.colors.dim("(the model starts anew)"));
        shown = "";
      }
      if (typeof text !== "string" || text === "") return;
      spin.stop();
      shown += text;
      write(text);
    },
    /** What of the text is not on the screen yet. */
    finish(text: string): void {
      spin.stop();
      if (shown !== "" && text.startsWith(shown)) write(text.slice(shown.length));
      else {
        endLine();
        write(text);
      }
      endLine();
    },
    end(): void {
      spin.stop();
      endLine();
    },
  };
}
