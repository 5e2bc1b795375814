import type { ChatOptions } from "../runtime/ports/model.ts";

export interface DeltaSink {
  onDelta(text: string): void;
  /** Takes back what was written, if anything was: the text begins anew (`onRestart`). */
  restart(): void;
}

/** Passes text on, and remembers whether any went out that a failure makes void. */
export function deltaSink({ onDelta, onRestart }: Pick<ChatOptions, "onDelta" | "onRestart">): DeltaSink {
  let written = false;
  return {
    onDelta(text) {
      written = true;
      onDelta?.(text);
    },
    restart() {
      if (written) onRestart?.();
      written = false;
    },
  };
}
