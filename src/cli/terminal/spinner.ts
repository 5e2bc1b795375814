import type { Output } from "./streams.ts";
import { truncate } from "./wrap.ts";

/** One line at the bottom of a terminal that tells what is going on; nothing at all elsewhere. */
export interface Spinner {
  /** What it says from now on. */
  say(text: string): void;
  /** Writes above it. */
  above(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
const CLEAR = "\r\u001b[2K";

/** Calls again and again, until what it returns is called. */
type Repeat = (draw: () => void) => () => void;

const repeatedly: Repeat = (draw) => {
  const timer = setInterval(draw, FRAME_MS);
  return () => clearInterval(timer);
};

export function spinner(out: Output, repeat: Repeat = repeatedly): Spinner {
  if (!out.isTTY) return { say() {}, above: (text) => out.write(text), stop() {} };
  let text = "";
  let frame = 0;
  let pause: (() => void) | undefined;
  const draw = () => {
    const mark = out.colors.cyan(FRAMES[frame++ % FRAMES.length]!);
    out.write(`${CLEAR}${mark} ${truncate(text, out.columns - 3)}`);
  };
  return {
    say(next) {
      text = next.replace(/\s+/g, " ");
      pause ??= repeat(draw);
      draw();
    },
    above(above) {
      if (pause) out.write(CLEAR);
      out.write(above);
      if (pause) draw();
    },
    stop() {
      if (!pause) return;
      pause();
      pause = undefined;
      out.write(CLEAR);
    },
  };
}
