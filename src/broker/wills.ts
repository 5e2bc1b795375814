import { Readable } from "node:stream";
import type { SqliteFile } from "../sqlite/open.ts";
import { asPayload, type ClientId, type Packet, type QoS } from "./message.ts";

interface Row {
  client_id: string;
  broker_id: string;
  topic: string;
  payload: Uint8Array | string | null;
  qos: QoS;
  retain: number;
}

const asWill = (row: Row): Packet => ({
  topic: row.topic,
  payload: asPayload(row.payload),
  qos: row.qos,
  retain: row.retain === 1,
  brokerId: row.broker_id,
  clientId: row.client_id,
});

/** Last Wills of the connected clients: those of a broker that died are published by the next one. */
export function willStore({ prepare, commit }: SqliteFile, brokerId: () => string) {
  const insert = prepare(
    "INSERT OR REPLACE INTO will (client_id, broker_id, topic, payload, qos, retain) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const find = prepare<Row, [string]>("SELECT * FROM will WHERE client_id = ?");
  const remove = prepare<Row, [string]>("DELETE FROM will WHERE client_id = ? RETURNING *");
  const all = prepare<Row, []>("SELECT * FROM will");

  return {
    async putWill({ id }: ClientId, packet: Packet): Promise<void> {
      packet.brokerId = brokerId();
      packet.clientId = id;
      const { brokerId: owner, topic, payload, qos, retain } = packet;
      commit.write(() => insert.run(id, owner, topic, payload, qos, retain));
      await commit.durable();
    },
    async getWill({ id }: ClientId): Promise<Packet | undefined> {
      const row = find.get(id);
      return row ? asWill(row) : undefined;
    },
    async delWill({ id }: ClientId): Promise<Packet | undefined> {
      const row = commit.write(() => remove.get(id));
      return row ? asWill(row) : undefined;
    },
    /** Wills of brokers that are not among those alive. */
    streamWill: (alive: Record<string, number> = {}): Readable =>
      Readable.from(
        all
          .all()
          .map(asWill)
          .filter((will) => !Object.hasOwn(alive, will.brokerId!)),
      ),
  };
}
