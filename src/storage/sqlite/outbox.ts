import type { OutboxRow, Store } from "../../runtime/ports/store.ts";
import type { Publication } from "../../runtime/ports/transport.ts";
import type { Desk } from "./desk.ts";
import type { OutboxRecord } from "./statements.ts";

export interface JournalOutbox extends Pick<Store, "takeOutbox" | "sent" | "putBack" | "bury"> {
  /** These will be its next rows. */
  numbered(publications: Publication[]): OutboxRow[];
  /** Within a transaction. */
  insert(rows: OutboxRow[]): void;
  /** Somebody here has them. */
  hold(rows: OutboxRow[]): void;
  /** They do not exist after all. */
  drop(rows: OutboxRow[]): void;
  /** A transaction is over, committed or not. */
  settle(): void;
}

/** What is to be published, and who has it. */
export function journalOutbox({ sql, write, now }: Desk): JournalOutbox {
  // Numbers are given out here, and each only once: what was rolled back cannot be taken for what came after it.
  let last = sql.lastRow.get()!.last;
  /** Rows beyond it may yet be rolled back, and must not be sent. */
  let settledUpTo = last;
  /** Rows that somebody here has. */
  const taken = new Set<number>();

  const numbered = (publications: Publication[]): OutboxRow[] =>
    publications.map((publication) => ({ id: ++last, publication }));

  const insert = (rows: OutboxRow[]): void => {
    for (const { id, publication } of rows) {
      const { topic, payload, retain, expirySeconds } = publication;
      sql.enqueue.run(id, topic, payload, retain ? 1 : 0, expirySeconds ?? null, now());
    }
  };

  const hold = (rows: OutboxRow[]): void => {
    for (const { id } of rows) taken.add(id);
  };

  return {
    numbered,
    insert,
    hold,
    drop(rows) {
      for (const { id } of rows) taken.delete(id);
    },
    settle() {
      settledUpTo = last;
    },
    async takeOutbox(limit) {
      const free = sql.outboxIds.all(settledUpTo, limit + taken.size).filter(({ id }) => !taken.has(id));
      const rows = free.slice(0, limit).flatMap(({ id }) => sql.outboxRow.all(id).map(toOutboxRow));
      hold(rows);
      return rows;
    },
    async sent(id) {
      await write({ durable: false, lazy: true }, () => sql.sent.run(id));
      taken.delete(id);
    },
    async putBack(id) {
      taken.delete(id);
    },
    async bury(id, reason, instead = []) {
      await write({ durable: false }, () => {
        sql.bury.run(reason, id);
        sql.sent.run(id);
        insert(numbered(instead));
      });
      taken.delete(id);
    },
  };
}

const toOutboxRow = ({ id, topic, payload, retain, expiry }: OutboxRecord): OutboxRow => ({
  id,
  publication: {
    topic,
    payload,
    qos: 1,
    retain: retain === 1,
    ...(expiry !== null && { expirySeconds: expiry }),
  },
});
