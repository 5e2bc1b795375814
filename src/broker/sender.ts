import type { Writable } from "node:stream";
import { type IPublishPacket, type IPubrelPacket, writeToStream } from "mqtt-packet";
import type { Queued } from "./queued.ts";
import { type SendQueue, sendWindow } from "./send-window.ts";

export interface Sender {
  /** The handshake is over: sends again what was in flight (MQTT 3.1.1 §4.4), then what waits. */
  start(): void;
  /** There may be something new in the queue. */
  wake(): void;
  /** PUBACK or PUBCOMP. */
  acknowledged(messageId: number): void;
}

/** The connection that a sender writes to. */
export interface Peer {
  conn: Writable;
  /** The connection is over: nothing is written to it any more. */
  readonly closed: boolean;
}

/**
 * Sends a session's queue in order, with at most `window` messages unacknowledged and none while the socket's buffer
 * is full; the rest stays in the queue.
 */
export function sender(peer: Peer, queue: SendQueue, window: number): Sender {
  const { conn } = peer;
  const onTheWay = sendWindow(queue, window);
  let state: "new" | "open" | "blocked" = "new";
  const wake = onceATurn(pump);

  function pump(): void {
    while (state === "open" && !peer.closed && !conn.destroyed) {
      const batch = onTheWay.next();
      if (batch.length === 0) return;
      if (batch.some(({ qos }) => qos === 2)) sendWhenDurable(batch);
      else send(batch, false);
    }
  }

  /** A QoS 2 message must keep its id over a crash, or the client would take it for another one. */
  function sendWhenDurable(batch: Queued[]): void {
    state = "blocked";
    const goOn = () => {
      if (!peer.closed) resume(batch);
    };
    queue.durable().then(goOn, () => {}); // when it fails the broker closes every connection: see its onFailure
  }

  function resume(batch: Queued[]): void {
    state = "open";
    send(batch, false);
    pump();
  }

  function send(batch: Queued[], dup: boolean): void {
    for (const message of batch) writeToStream(onTheWire(message, dup), conn);
    if (!conn.writableNeedDrain) return;
    state = "blocked";
    conn.once("drain", () => resume([]));
  }

  return {
    start() {
      state = "open";
      send(onTheWay.again(), true);
      wake();
    },
    wake,
    acknowledged(messageId) {
      if (onTheWay.acknowledged(messageId)) wake();
    },
  };
}

/** Runs after everything of this turn, so that a chunk of acknowledgements is answered by one round. */
function onceATurn(run: () => void): () => void {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      run();
    });
  };
}

function onTheWire(message: Queued, dup: boolean): IPublishPacket | IPubrelPacket {
  const { cmd, topic, payload, qos, retain } = message;
  const messageId = message.messageId!;
  return cmd === "publish" ? { cmd, topic, payload, qos, retain, dup, messageId } : { cmd, messageId };
}
