import { writeToStream } from "mqtt-packet";
import type { Logger } from "../log/logger.ts";
import { topicMatches } from "../protocol/topics.ts";
import type { AedesClient } from "./aedes-internals.ts";
import { cleanQueue } from "./clean-queue.ts";
import type { Packet, QoS } from "./message.ts";
import type { OutgoingStore } from "./outgoing.ts";
import type { SqlitePersistence } from "./persistence.ts";
import type { SendQueue } from "./send-window.ts";
import { type Sender, sender } from "./sender.ts";

export interface SessionOptions {
  store: SqlitePersistence;
  log: Logger;
  counters: Counters;
  /** Messages that a client may have unacknowledged. */
  window: number;
  /** Bytes that may wait for a client with a clean session before it is cut off. */
  maxCleanBytes: number;
}

export interface Counters {
  received: number;
  delivered: number;
  /** QoS 0 messages for clients that did not read fast enough. */
  dropped: number;
}

/** What the broker does for one connection. */
export interface Session extends Sender {
  client: AedesClient;
  clean: boolean;
}

/** A client that reads so slowly that this much waits in its socket gets no QoS 0 messages until it caught up. */
const MAX_QOS0_BACKLOG = 1024 * 1024;

/**
 * Takes the delivery over from aedes, which writes each message to each socket at once, without a window and holding
 * up everybody for the slowest: here QoS 1 and 2 go through the client's own queue, and QoS 0 is dropped when the
 * socket is full.
 */
export function attachSession(client: AedesClient, clean: boolean, options: SessionOptions): Session {
  const { store, counters, window } = options;
  const fresh = cleanQueue(options.maxCleanBytes);
  const own = sender(client, clean ? fresh : storedQueue(client, store), window);
  const isRepeated = repeats();

  function deliver(packet: Packet, done: () => void): void {
    queueMicrotask(done);
    if (client.closed || isRepeated(packet)) return;
    const qos = Math.min(packet.qos, grantedQos(client, packet.topic)) as QoS;
    if (qos === 0) sendNow(packet);
    else if (clean) offer({ ...packet, qos });
    // What a persistent session is owed is in its queue already, but for retained messages on SUBSCRIBE.
    else if (packet.retain) store.queues.post(client.id, { ...packet, qos });
    else return;
    own.wake();
  }

  function sendNow({ topic, payload, retain }: Packet): void {
    if (!client.connackSent || client.conn.writableLength > MAX_QOS0_BACKLOG) {
      counters.dropped += 1;
      return;
    }
    counters.delivered += 1;
    writeToStream({ cmd: "publish", topic, payload, qos: 0, retain, dup: false }, client.conn);
  }

  function offer(packet: Packet): void {
    if (fresh.push(packet)) return;
    options.log.warn({ client: client.id }, "a client does not acknowledge its messages and was cut off");
    client.conn.destroy();
  }

  client.deliver0 = deliver;
  client.deliverQoS = deliver;
  return {
    ...own,
    client,
    clean,
    acknowledged(messageId) {
      counters.delivered += 1;
      own.acknowledged(messageId);
    },
  };
}

/** The queue of a persistent session: it outlives the connection, and the broker. */
function storedQueue(
  client: AedesClient,
  { queues, durable }: { queues: OutgoingStore; durable(): Promise<void> },
): SendQueue {
  return {
    inFlight: () => queues.inFlight(client.id),
    waiting: (limit) => queues.waiting(client.id, limit),
    sent: ({ seq }, messageId) => queues.sent(seq, messageId),
    done: (messageId) => queues.done(client.id, messageId),
    durable,
  };
}

/** The highest quality of service of the client's subscriptions to a topic (MQTT 3.1.1 §3.3.5). */
function grantedQos({ subscriptions }: AedesClient, topic: string): QoS {
  let granted: QoS = 0;
  for (const filter in subscriptions) {
    const { qos } = subscriptions[filter]!;
    if (qos > granted && topicMatches(filter, topic)) granted = qos;
  }
  return granted;
}

/** Tells a message that comes a second time since two subscriptions match it: aedes hands these on one after another. */
function repeats(): (packet: Packet) => boolean {
  let id: string | null | undefined;
  let counter: number | undefined;
  return ({ brokerId, brokerCounter }) => {
    const repeated = brokerId != null && brokerId === id && brokerCounter === counter;
    id = brokerId;
    counter = brokerCounter;
    return repeated;
  };
}
