import type { TaskToWork } from "../task/work.ts";

export interface ReadyOptions {
  /** Whether a worker is free. */
  isFree(): boolean;
  begin(task: TaskToWork): void;
  /** These had to wait too long; does not reject. */
  handBack(tasks: TaskToWork[]): Promise<void>;
}

/**
 * Tasks that are claimed and wait for a worker, until the end of this turn of the event loop at most: what would have to
 * wait longer waits in the journal, where it counts as not begun.
 */
export function createReady({ isFree, begin, handBack }: ReadyOptions) {
  let waiting: TaskToWork[] = [];

  const beginSome = (): void => {
    while (isFree()) {
      const task = waiting.shift();
      if (!task) return;
      begin(task);
    }
  };

  /** Hands back what waits. */
  const clear = async (): Promise<void> => {
    const left = waiting;
    waiting = [];
    if (left.length > 0) await handBack(left);
  };

  return {
    add(task: TaskToWork): void {
      waiting.push(task);
      beginSome();
      if (waiting.length === 1) setImmediate(clear);
    },
    /** A worker is free again. */
    freed: beginSome,
    clear,
    size: () => waiting.length,
  };
}
