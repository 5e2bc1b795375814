import type { Clock } from "../base/clock.ts";

/** Gathers pieces of text and passes them on a few times a second instead of one by one. */
export function gatherDeltas(clock: Clock, everyMs: number, emit: (text: string, restart: boolean) => void) {
  let text = "";
  let restart = false;
  let emittedAt = Number.NEGATIVE_INFINITY;

  const flush = () => {
    if (text === "" && !restart) return;
    emit(text, restart);
    text = "";
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
      if (clock.now() - emittedAt >= everyMs) flush();
    },
    flush,
  };
}
