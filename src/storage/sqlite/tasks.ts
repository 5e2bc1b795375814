import type { JournalTask, NewTask, Store } from "../../runtime/ports/store.ts";
import type { Publication } from "../../runtime/ports/transport.ts";
import type { Desk } from "./desk.ts";
import type { JournalOutbox } from "./outbox.ts";
import { RUNNING, WAITING } from "./schema.ts";
import type { Statements, TaskRecord } from "./statements.ts";

/** The tasks in the journal, and who works them. */
export function journalTasks(
  { sql, write, now }: Desk,
  outbox: JournalOutbox,
): Pick<Store, "accept" | "claim" | "finish" | "withdraw" | "release"> {
  // Numbers are given out here, and each only once: what was rolled back cannot be taken for what came after it.
  let last = sql.lastTask.get()!.last;
  /** The numbers of the tasks that run here. */
  const claims = new Map<string, number>();

  /** One transaction: what `end` does to the task, whose claim is over, and if it did, these publications. */
  const post = async (key: string, publications: Publication[], end: () => boolean) => {
    const claim = claims.get(key);
    claims.delete(key);
    const rows = outbox.numbered(publications);
    outbox.hold(rows);
    const undo = () => outbox.drop(rows);
    try {
      const ended = await write({ durable: true }, () => {
        if (!end()) return false;
        outbox.insert(rows);
        return true;
      });
      if (ended) return rows;
      undo();
      return undefined;
    } catch (error) {
      if (claim !== undefined) claims.set(key, claim);
      undo();
      throw error;
    }
  };

  return {
    async accept(task, claim = false) {
      const seq = ++last;
      const isNew = await write({ durable: true }, () => {
        if (insertTask(sql, seq, task, claim, now()).changes === 0) return false;
        if (task.done) outbox.insert(outbox.numbered(task.done));
        return true;
      });
      if (!isNew) return "duplicate";
      if (!claim || task.done) return "new";
      claims.set(task.key, seq);
      return "claimed";
    },

    async claim(limit) {
      const tasks = await write({ durable: false }, () => sql.claim.all(limit));
      for (const { key, seq } of tasks) claims.set(key, seq);
      return tasks.sort((a, b) => a.seq - b.seq).map(toTask);
    },

    async finish(key, publications) {
      const seq = claims.get(key);
      if (seq === undefined) return undefined;
      return post(key, publications, () => {
        sql.finish.run(now(), seq);
        return true;
      });
    },

    withdraw(key, publications) {
      const seq = claims.get(key) ?? null;
      return post(key, publications, () => sql.withdraw.run(key, seq).changes > 0);
    },

    async release(key) {
      const seq = claims.get(key);
      if (seq === undefined) return;
      await write({ durable: false }, () => sql.release.run(seq));
      claims.delete(key);
    },
  };
}

function insertTask(
  sql: Statements,
  seq: number,
  { key, payload, receivedAt, done }: NewTask,
  claim: boolean,
  now: number,
) {
  if (done) return sql.acceptDone.run(seq, key, receivedAt, now);
  return sql.accept.run(seq, key, payload, receivedAt, claim ? RUNNING : WAITING, claim ? 1 : 0);
}

const toTask = ({ key, payload, received_at, attempt }: TaskRecord): JournalTask => ({
  key,
  payload,
  receivedAt: received_at,
  attempt,
});
