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

export function spinner(out: Output, every = setInterval): Spinner {
  if (!out.isTTY) return { say() {}, above: (text) => out.write(text), stop() {} };
  let text = "";
  let frame = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const draw = () => {
    const mark = out.colors.cyan(FRAMES[frame++ % FRAMES.length]!);
    out.write(`${CLEAR}${mark} ${truncate(text, out.columns - 3)}`);
  };
  return {
    say(next) {
      text = next.replace(/\s+/g, " ");
      timer ??= every(draw, FRAME_MS);
      draw();
    },
    above(above) {
      if (timer) out.write(CLEAR);
      out.write(above);
      if (timer) draw();
    },
    stop() {
      if (!timer) return;
      clearInterval(timer);
      timer = undefined;
      out.write(CLEAR);
    },
  };
}
