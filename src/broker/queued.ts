import { asPayload, type Packet, type QoS } from "./message.ts";

/** A row of a session's queue. */
export interface Queued {
  seq: number;
  /** pubrel: the client has the message (QoS 2), the handshake is not over. */
  cmd: "publish" | "pubrel";
  /** Set once it was sent. */
  messageId: number | null;
  topic: string;
  payload: Buffer | string;
  qos: QoS;
  retain: boolean;
}

/** The same as SQLite has it. */
export interface Row {
  seq: number;
  cmd: "publish" | "pubrel";
  message_id: number | null;
  topic: string;
  payload: Uint8Array | string | null;
  qos: QoS;
  retain: number;
  broker_id: string | null;
  broker_counter: number | null;
}

export const asQueued = (row: Row): Queued => ({
  seq: row.seq,
  cmd: row.cmd,
  messageId: row.message_id,
  topic: row.topic,
  payload: asPayload(row.payload),
  qos: row.qos,
  retain: row.retain === 1,
});

/** The same as aedes has it. */
export const asPacket = (row: Row): Packet | { cmd: "pubrel"; messageId: number } =>
  row.cmd === "pubrel"
    ? { cmd: "pubrel", messageId: row.message_id! }
    : {
        cmd: row.cmd,
        topic: row.topic,
        payload: asPayload(row.payload),
        qos: row.qos,
        retain: row.retain === 1,
        dup: false,
        brokerId: row.broker_id,
        brokerCounter: row.broker_counter ?? 0,
        messageId: row.message_id ?? undefined,
      };
