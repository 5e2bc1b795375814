import type MemoryPersistence from "aedes-persistence/asyncPersistence.js";
import type { SqliteFile } from "../sqlite/open.ts";
import { asPayload, type Packet, type QoS } from "./message.ts";

interface Row {
  topic: string;
  payload: Uint8Array | string | null;
  qos: QoS;
}

/** The last retained message of each topic: kept in SQLite, found in the index. */
export function retainedStore({ prepare, commit }: SqliteFile, index: MemoryPersistence) {
  const put = prepare("INSERT OR REPLACE INTO retained (topic, payload, qos) VALUES (?, ?, ?)");
  const remove = prepare("DELETE FROM retained WHERE topic = ?");
  const all = prepare<Row, []>("SELECT topic, payload, qos FROM retained");
  const count = prepare<{ n: number }, []>("SELECT count(*) AS n FROM retained");

  return {
    /** An empty payload removes the message (MQTT 3.1.1 §3.3.1.3). Does not wait for the commit. */
    async storeRetained(packet: Packet): Promise<void> {
      const { topic, payload, qos } = packet;
      commit.write(() => (payload.length === 0 ? remove.run(topic) : put.run(topic, payload, qos)));
      // The payload is a view of what was read from the socket: a copy lets that go.
      await index.storeRetained({ ...packet, payload: asPayload(Buffer.from(payload)) });
    },
    createRetainedStream: (pattern: string) => index.createRetainedStream(pattern),
    createRetainedStreamCombi: (patterns: string[]) => index.createRetainedStreamCombi(patterns),
    retainedCount: (): number => count.get()!.n,
    async loadRetained(): Promise<void> {
      for (const { topic, payload, qos } of all.all()) {
        await index.storeRetained({ cmd: "publish", topic, payload: asPayload(payload), qos, retain: true });
      }
    },
  };
}
