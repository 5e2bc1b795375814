import { packetIds } from "./packet-ids.ts";
import type { Queued } from "./queued.ts";

/** Where a session's messages wait. */
export interface SendQueue {
  /** Sent on an earlier connection and not acknowledged there, oldest first. */
  inFlight(): Queued[];
  /** Up to `limit` messages that were not sent yet, oldest first. */
  waiting(limit: number): Queued[];
  sent(message: Queued, messageId: number): void;
  /** The client is done with the message. */
  done(messageId: number): void;
  /** Resolves when all of the above is durable. */
  durable(): Promise<void>;
}

/** Messages that are read from the queue in one go, so that a window of large ones is never in memory as a whole. */
const BATCH = 16;

/** What is on the way to a client: at most `size` messages of its queue. */
export function sendWindow(queue: SendQueue, size: number) {
  const ids = packetIds();
  return {
    /** What was sent on an earlier connection, in its order. */
    again(): Queued[] {
      const unacknowledged = queue.inFlight();
      for (const { messageId } of unacknowledged) ids.reserve(messageId!);
      return unacknowledged;
    },
    /** The next messages that are to be sent; none when nothing waits, or there is no room. */
    next(): Queued[] {
      const room = Math.min(BATCH, size - ids.size);
      const batch = room > 0 ? queue.waiting(room) : [];
      for (const message of batch) {
        message.messageId = ids.take();
        queue.sent(message, message.messageId);
      }
      return batch;
    },
    /** False when no such message was on the way. */
    acknowledged(messageId: number): boolean {
      if (!ids.free(messageId)) return false;
      queue.done(messageId);
      return true;
    },
  };
}
