import type { Writable } from "node:stream";
import { type IPublishPacket, writeToStream } from "mqtt-packet";
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

/** Messages that are read from the queue in one go, so that a window of large ones is never in memory as a whole. */
const BATCH = 16;
const MAX_MESSAGE_ID = 65_535;

/**
 * Sends a session's queue in order, with at most `window` messages unacknowledged and none while the socket's buffer
 * is full; the rest stays in the queue.
 */
export function sender(peer: Peer, queue: SendQueue, window: number): Sender {
  const { conn } = peer;
  const inFlight = new Set<number>();
  let state: "new" | "open" | "blocked" = "new";
  let scheduled = false;
  let lastId = 0;

  function freeId(): number {
    do lastId = lastId === MAX_MESSAGE_ID ? 1 : lastId + 1;
    while (inFlight.has(lastId));
    return lastId;
  }

  /** After everything of this turn, so that a chunk of acknowledgements is answered by one round. */
  function wake(): void {
    if (scheduled || state !== "open") return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      pump();
    });
  }

  function pump(): void {
    while (state === "open" && !peer.closed && !conn.destroyed && inFlight.size < window) {
      const batch = queue.waiting(Math.min(BATCH, window - inFlight.size));
      if (batch.length === 0) return;
      for (const message of batch) {
        message.messageId = freeId();
        inFlight.add(message.messageId);
        queue.sent(message, message.messageId);
      }
      if (batch.some(({ qos }) => qos === 2)) sendWhenDurable(batch);
      else send(batch, false);
    }
  }

  /** A QoS 2 message must keep its id over a crash, or the client would take it for another one. */
  function sendWhenDurable(batch: Queued[]): void {
    state = "blocked";
    queue.durable().then(
      () => {
        if (peer.closed) return;
        state = "open";
        send(batch, false);
        wake();
      },
      () => {}, // rolled back: the broker closes every connection, see onRollback
    );
  }

  function send(batch: Queued[], dup: boolean): void {
    for (const message of batch) write(message, dup);
    if (!conn.writableNeedDrain) return;
    state = "blocked";
    conn.once("drain", () => {
      state = "open";
      pump();
    });
  }

  function write({ cmd, topic, payload, qos, retain, messageId }: Queued, dup: boolean): void {
    const publish: IPublishPacket = {
      cmd: "publish",
      topic,
      payload,
      qos,
      retain,
      dup,
      messageId: messageId!,
    };
    writeToStream(cmd === "publish" ? publish : { cmd, messageId: messageId! }, conn);
  }

  return {
    start() {
      const unacknowledged = queue.inFlight();
      for (const { messageId } of unacknowledged) inFlight.add(messageId!);
      state = "open";
      send(unacknowledged, true);
      wake();
    },
    wake,
    acknowledged(messageId) {
      if (!inFlight.delete(messageId)) return;
      queue.done(messageId);
      wake();
    },
  };
}
