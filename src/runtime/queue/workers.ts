import { createClaiming } from "./claiming.ts";
import { type CrewOptions, createCrew } from "./crew.ts";
import { handBackWaiting, toJournal } from "./hand-back.ts";
import { createReady } from "./ready.ts";

export interface WorkersOptions extends CrewOptions {
  concurrency: number;
}

export type Workers = ReturnType<typeof createWorkers>;

/** Works as many tasks at a time as it may: those it claims from the journal, and those it is given as they come in. */
export function createWorkers(options: WorkersOptions) {
  const { concurrency } = options;
  const journal = toJournal(options);
  const closing = new AbortController();
  let started = false;

  const crew = createCrew(options, () => {
    ready.freed();
    claiming.freed();
  });
  const ready = createReady({
    isFree: () => crew.busy() < concurrency,
    begin: crew.begin,
    async handBack(tasks) {
      await Promise.all(tasks.map(journal.one));
      claiming.wake();
    },
  });
  const free = () => (started ? concurrency - crew.busy() - ready.size() : 0);
  const claiming = createClaiming({
    ...options,
    signal: closing.signal,
    room: free,
    begin: ready.add,
    handBack: journal.one,
  });

  return {
    start(): void {
      started = true;
      claiming.wake();
    },
    /** There may be something to do. */
    wake: claiming.wake,
    /** Whether a task that comes in can be begun as soon as it is accepted; those that wait in the journal come first. */
    isIdle: () => free() > 0 && claiming.isDry(),
    /** Works a task that was claimed already. */
    begin: ready.add,
    running: crew.busy,
    problem: () => claiming.problem() ?? crew.problem(),
    /** Begins no more tasks, gives the running ones `graceMs`, and hands back what is left to where `whither` says. */
    async drain(graceMs: number, whither = Promise.resolve(journal)): Promise<{ handedBack: number }> {
      started = false;
      closing.abort();
      await Promise.all([claiming.settled(), ready.clear()]);
      const counts = await Promise.all([
        crew.drain(graceMs, whither),
        whither.then((handBack) => (handBack.waitingToo ? handBackWaiting(handBack, options) : 0)),
      ]);
      return { handedBack: counts[0] + counts[1] };
    },
  };
}
