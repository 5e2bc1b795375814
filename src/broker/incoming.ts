import type { SqliteFile } from "../sqlite/open.ts";
import { asPayload, type ClientId, type Packet, type QoS } from "./message.ts";

interface Row {
  topic: string;
  payload: Uint8Array | string | null;
  qos: QoS;
  retain: number;
}

/**
 * QoS 2 messages between PUBLISH and PUBREL, so that a second PUBLISH is known as such.
 *
 * `incomingStorePacket` does not wait for the commit: aedes goes on to queue the message for its subscribers in the
 * same turn of the event loop, and waits there. So both stand in one transaction, and PUBREC comes after it.
 */
export function incomingStore({ prepare, commit }: SqliteFile) {
  const insert = prepare(
    "INSERT OR REPLACE INTO incoming (client_id, message_id, topic, payload, qos, retain) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const find = prepare<Row, [string, number]>(
    "SELECT topic, payload, qos, retain FROM incoming WHERE client_id = ? AND message_id = ?",
  );
  const remove = prepare("DELETE FROM incoming WHERE client_id = ? AND message_id = ?");
  const clean = prepare("DELETE FROM incoming WHERE client_id = ?");

  return {
    async incomingStorePacket({ id }: ClientId, packet: Packet): Promise<void> {
      const { messageId, topic, payload, qos, retain } = packet;
      commit.write(() => insert.run(id, messageId!, topic, payload, qos, retain));
    },
    async incomingGetPacket({ id }: ClientId, { messageId }: Pick<Packet, "messageId">): Promise<Packet> {
      const row = find.get(id, messageId!);
      if (!row) throw new Error("no such packet");
      const { topic, qos } = row;
      const payload = asPayload(row.payload);
      return { cmd: "publish", topic, payload, qos, retain: row.retain === 1, dup: false, messageId };
    },
    /** Waits for the commit: after PUBCOMP the client may use the id for another message. */
    async incomingDelPacket({ id }: ClientId, { messageId }: Pick<Packet, "messageId">): Promise<void> {
      if (commit.write(() => remove.run(id, messageId!)).changes === 0) throw new Error("no such packet");
      await commit.durable();
    },
    async cleanIncoming({ id }: ClientId): Promise<void> {
      commit.write(() => clean.run(id));
    },
  };
}
