import type { SqliteFile } from "../../sqlite/open.ts";
import type { Statements } from "./statements.ts";

/** What the parts of the store work with. */
export interface Desk {
  sql: Statements;
  write: Write;
  /** ms since 1970. */
  now(): number;
}

/** Does the work at once. What it returns comes when it is committed, with all else of this turn. */
export type Write = <T>(options: WriteOptions, work: () => T) => Promise<T>;

export interface WriteOptions {
  /** Once the promise resolves, the write outlives a power loss. */
  durable: boolean;
  /** Nobody is in a hurry: it goes with the next write, or after a moment. */
  lazy?: boolean;
}

export const writer =
  ({ commit }: SqliteFile): Write =>
  async ({ durable, lazy = false }, work) => {
    const result = commit.write(work);
    await (durable ? commit.durable() : lazy ? commit.settled() : commit.committed());
    return result;
  };
