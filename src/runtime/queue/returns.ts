import { toError } from "../../base/errors.ts";
import type { Logger } from "../../log/logger.ts";
import { inputTopic } from "../../protocol/topics.ts";
import type { Publication, Transport } from "../ports/transport.ts";
import type { Held } from "./held.ts";

export interface ReturnsOptions {
  agentId: string;
  transport: Pick<Transport, "publish">;
  log: Logger;
}

/** Messages that go back to the broker, for another replica: each is acknowledged once the broker has it again. */
export function createReturns({ agentId, transport, log }: ReturnsOptions) {
  const underWay = new Set<Promise<void>>();
  let seen = 0;

  const pass = async (item: Held): Promise<void> => {
    try {
      await Promise.all(onward(item, agentId).map((publication) => transport.publish(publication)));
      for (const ack of item.acks) ack();
    } catch (error) {
      log.warn(
        { error: toError(error), task: item.task.key },
        "a message could not be given back; the broker keeps it in the session of this replica",
      );
    }
  };

  return {
    /** Something came from the broker. */
    saw(): void {
      seen += 1;
    },
    send(item: Held): void {
      const passing = pass(item).finally(() => underWay.delete(passing));
      underWay.add(passing);
    },
    /**
     * Resolves when all is back and nothing more has come in the time of `settle`: a round trip to the broker, which sends
     * what it still has for this client when others are acknowledged.
     */
    async until(settle: () => Promise<void>): Promise<void> {
      let before: number;
      do {
        before = seen;
        await Promise.all(underWay);
        await settle();
      } while (seen !== before);
    },
  };
}

/** The task again; of one that is refused, the answer. */
const onward = ({ task }: Held, agentId: string): Publication[] =>
  task.done ?? [{ topic: inputTopic(agentId), payload: task.payload, qos: 1 }];
