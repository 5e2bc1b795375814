import type { Clock } from "../../base/clock.ts";

/**
 * Gathers pieces of text and passes them on a few times a second instead of one by one, whole words at a time: a secret
 * must not slip through redaction in two halves.
 */
export function gatherDeltas(clock: Clock, everyMs: number, emit: (text: string, restart: boolean) => void) {
  let text = "";
  let restart = false;
  let emittedAt = Number.NEGATIVE_INFINITY;

  const pass = (upTo: number) => {
    if (upTo === 0 && !restart) return;
    emit(text.slice(0, upTo), restart);
    text = text.slice(upTo);
    restart = false;
    emittedAt = clock.now();
  };

  return {
    /** undefined: what was passed on is void, the text starts anew. */
    add(piece: string | undefined): void {
      if (piece === undefined) {
        text = "";
        restart = true;
      } else text += piece;
      if (clock.now() - emittedAt >= everyMs) pass(wordEnd(text));
    },
    flush: () => pass(text.length),
  };
}

/** Longer runs without a space are no words, and are not waited for. */
const MAX_WORD = 512;

function wordEnd(text: string): number {
  const end = Math.max(text.lastIndexOf(" "), text.lastIndexOf("\n")) + 1;
  return text.length - end > MAX_WORD ? text.length : end;
}
