import { toError } from "../../base/errors.ts";
import type { Logger } from "../../log/logger.ts";
import { inputTopic } from "../../protocol/topics.ts";
import type { JournalTask, OutboxRow, Store } from "../ports/store.ts";

/** Where tasks go that are not done when the agent ends. Neither rejects: what cannot be handed back stays in the journal. */
export interface HandBack {
  /** Those that nobody has begun with go, too: nobody might read this journal any more. */
  waitingToo: boolean;
  one(task: Pick<JournalTask, "key" | "payload">): Promise<void>;
}

export interface HandBackDeps {
  store: Store;
  log: Logger;
}

/** To the journal, where the next start takes them up. */
export const toJournal = ({ store, log }: HandBackDeps): HandBack => ({
  waitingToo: false,
  async one({ key }) {
    await store.release(key).catch((error) => {
      log.error(
        { error: toError(error), task: key },
        "a task could not be handed back; the next start takes it up",
      );
    });
  },
});

export interface ToBrokerDeps extends HandBackDeps {
  agentId: string;
  send(rows: OutboxRow[]): void;
}

/** To the topic that they came on, for whoever takes tasks there; this journal forgets them. */
export const toBroker = ({ store, log, agentId, send }: ToBrokerDeps): HandBack => ({
  waitingToo: true,
  async one({ key, payload }) {
    try {
      const again = { topic: inputTopic(agentId), payload, qos: 1 } as const;
      send((await store.withdraw(key, [again])) ?? []);
    } catch (error) {
      log.error(
        { error: toError(error), task: key },
        "a task could not be handed back to the broker; it stays in the journal, for the next start",
      );
    }
  },
});

const BATCH = 64;

/** Hands back what waits in the journal; how many those were. Does not reject: what cannot be read stays there. */
export async function handBackWaiting({ one }: HandBack, { store, log }: HandBackDeps): Promise<number> {
  let count = 0;
  for (;;) {
    const tasks = await store.claim(BATCH).catch((error): JournalTask[] => {
      log.error({ error: toError(error) }, "tasks that wait in the journal cannot be handed back");
      return [];
    });
    await Promise.all(tasks.map(one));
    count += tasks.length;
    if (tasks.length < BATCH) return count;
  }
}
