import type { Publication } from "./transport.ts";

/**
 * Where tasks, their results and the memory of what was done are kept. Nothing above it may assume one process,
 * one replica or SQLite: claims belong to this handle, and one that was lost (this process died, or was taken for
 * dead) returns to the waiting tasks.
 */
export interface Store {
  /**
   * Takes a task over. When this resolves with `"new"` the task is durable and will be claimable until it is finished;
   * with `"claimed"` it is durable and runs here already, as if it had been claimed at once (only where `claim` asked for
   * it); with `"duplicate"` a task of this key was accepted before. Rejects when it cannot be made durable
   * ({@link StoreFull} when there is no room): then nothing was kept.
   */
  accept(task: NewTask, claim?: boolean): Promise<"new" | "claimed" | "duplicate">;
  /** Up to `limit` waiting tasks, oldest first, now running here. Each claim counts as an attempt. */
  claim(limit: number): Promise<JournalTask[]>;
  /**
   * In one step: the task is done, and these publications are in the outbox; their rows are taken by this handle.
   * Undefined when the claim had been lost: then nothing was written, since whoever holds the task now will finish it.
   */
  finish(key: string, publications: Publication[]): Promise<OutboxRow[] | undefined>;
  /**
   * In one step: a task that waits, or runs here, is forgotten as if it had never been accepted, and these publications
   * are in the outbox, their rows taken by this handle. Undefined when there is no such task: then nothing was written.
   */
  withdraw(key: string, publications: Publication[]): Promise<OutboxRow[] | undefined>;
  /** Hands a running task back unfinished; the attempt does not count. */
  release(key: string): Promise<void>;
  /** Up to `limit` outbox rows, oldest first, that nobody has taken; they are now taken by this handle. */
  takeOutbox(limit: number): Promise<OutboxRow[]>;
  /** The broker took it over: the row goes. */
  sent(id: number): Promise<void>;
  /** Not delivered: the row can be taken again. */
  putBack(id: number): Promise<void>;
  /**
   * Will never be delivered: in one step the row is kept aside with the reason, not to be taken again, and what is to be
   * sent instead is in the outbox.
   */
  bury(id: number, reason: string, instead?: Publication[]): Promise<void>;
  stats(): Promise<StoreStats>;
  /** Forgets finished tasks and buried rows from before this time (ms since 1970); returns how many. */
  prune(before: number): Promise<number>;
  /** Waits for what was begun, then closes; claims are handed back. */
  close(): Promise<void>;
}

export interface NewTask {
  /** What de-duplication goes by. */
  key: string;
  /** The envelope as received: JSON text. */
  payload: string;
  /** ms since 1970. */
  receivedAt: number;
  /** The task needs no work: it is done at once, with these publications. */
  done?: Publication[];
}

export interface JournalTask extends NewTask {
  /** How often it was claimed, this time included: above 1 an earlier attempt died. */
  attempt: number;
}

export interface OutboxRow {
  id: number;
  publication: Publication;
}

export interface StoreStats {
  waiting: number;
  running: number;
  outbox: number;
  buried: number;
  /** Bytes on disk. */
  bytes: number;
}

/** No room to make anything durable: disk full, quota reached, file system read-only. */
export class StoreFull extends Error {
  override readonly name = "StoreFull";
}
