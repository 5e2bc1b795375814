import type { Packet } from "./message.ts";
import type { Queued } from "./queued.ts";
import type { SendQueue } from "./send-window.ts";

export interface CleanQueue extends SendQueue {
  /** False when there is no room. */
  push(packet: Packet): boolean;
}

/** What a message takes beside its payload, about. */
const OVERHEAD_BYTES = 256;
const sizeOf = ({ payload }: { payload: Buffer | string }) => payload.length + OVERHEAD_BYTES;

/** The queue of a clean session: in memory, and gone with the connection (MQTT 3.1.1 §3.1.2.4). */
export function cleanQueue(maxBytes: number): CleanQueue {
  const sent = new Map<number, Queued>();
  let queue: Queued[] = [];
  let head = 0;
  let bytes = 0;
  let seq = 0;

  return {
    push(packet) {
      if (bytes + sizeOf(packet) > maxBytes) return false;
      bytes += sizeOf(packet);
      seq += 1;
      const { topic, payload, qos, retain } = packet;
      queue.push({ seq, cmd: "publish", messageId: null, topic, payload, qos, retain });
      return true;
    },
    inFlight: () => [],
    waiting(limit) {
      const next = queue.slice(head, head + limit);
      head += next.length;
      // Taking from the front of a long array is linear: cut off what was taken when it is most of it.
      if (head > 1024 && head * 2 > queue.length) {
        queue = queue.slice(head);
        head = 0;
      }
      return next;
    },
    sent: (message, messageId) => void sent.set(messageId, message),
    done(messageId) {
      const message = sent.get(messageId);
      if (!message) return;
      bytes -= sizeOf(message);
      sent.delete(messageId);
    },
    durable: () => Promise.resolve(),
  };
}
