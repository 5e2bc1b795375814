import type { SqliteFile } from "../sqlite/open.ts";
import type { Prepare } from "../sqlite/statements.ts";
import type { Packet, QoS } from "./message.ts";
import { asPacket, asQueued, type Queued, type Row } from "./queued.ts";

export interface Addressee {
  clientId: string;
  /** Quality of service of the subscription; absent: that of the message. */
  qos?: QoS;
}

export type OutgoingStore = ReturnType<typeof outgoingStore>;

const COLUMNS = "seq, cmd, message_id, topic, payload, qos, retain, broker_id, broker_counter";

/** What is owed to the persistent sessions: a queue for each, in the order of arrival. */
export function outgoingStore({ prepare, commit }: SqliteFile) {
  const sql = statements(prepare);

  return {
    /** Puts the message in the queue of each, once; returns whose queues these are. */
    enqueue(addressees: Addressee[], packet: Packet): Set<string> {
      const qosOf = strongest(addressees, packet.qos);
      if (qosOf.size > 0) commit.write(() => insertFor(sql, qosOf, packet));
      return new Set(qosOf.keys());
    },
    /** The same for one client, where nobody can be told of a failure. */
    post(clientId: string, packet: Packet): void {
      commit.attempt(() => insertFor(sql, new Map([[clientId, packet.qos]]), packet));
    },
    /** The next messages that were not sent yet. */
    waiting: (clientId: string, limit: number): Queued[] => sql.waiting.all(clientId, limit).map(asQueued),
    /** What was sent and is not acknowledged. */
    inFlight: (clientId: string): Queued[] => sql.inFlight.all(clientId).map(asQueued),
    sent: (seq: number, messageId: number): void => commit.attempt(() => sql.number.run(messageId, seq)),
    /** The client is done with the message: it goes, sooner or later (a second delivery is no harm). */
    done: (clientId: string, messageId: number): void =>
      commit.attempt(() => sql.drop.run(clientId, messageId)),
    /** The client has the message (PUBREC). False when there is no such message. */
    received: (clientId: string, messageId: number): boolean =>
      commit.write(() => sql.release.run(clientId, messageId)).changes > 0,
    /** Numbers a message by its counter, as aedes does. False when there is no such message. */
    numbered: ({ brokerId, brokerCounter, messageId }: Packet, clientId: string): boolean =>
      commit.write(() => sql.numberByCounter.run(messageId!, clientId, brokerId!, brokerCounter!)).changes >
      0,
    /** The same, told at once and with what it was. */
    remove(clientId: string, messageId: number) {
      const row = commit.write(() => sql.remove.get(clientId, messageId));
      return row ? asPacket(row) : undefined;
    },
    forget: (clientId: string): void => commit.attempt(() => sql.forget.run(clientId)),
    count: (): number => sql.count.get()!.n,
    /** Everything in a queue. */
    all: (clientId: string) => inPages(sql, clientId),
  };
}

type Statements = ReturnType<typeof statements>;

function statements(prepare: Prepare) {
  return {
    insert: prepare(
      `INSERT INTO outgoing (client_id, cmd, topic, payload, qos, retain, broker_id, broker_counter)
       VALUES (?, 'publish', ?, ?, ?, ?, ?, ?)`,
    ),
    waiting: prepare<Row, [string, number]>(
      `SELECT ${COLUMNS} FROM outgoing WHERE client_id = ? AND message_id IS NULL ORDER BY seq LIMIT ?`,
    ),
    inFlight: prepare<Row, [string]>(
      `SELECT ${COLUMNS} FROM outgoing WHERE client_id = ? AND message_id IS NOT NULL ORDER BY seq`,
    ),
    page: prepare<Row, [string, number]>(
      `SELECT ${COLUMNS} FROM outgoing WHERE client_id = ? AND seq > ? ORDER BY seq LIMIT 64`,
    ),
    number: prepare("UPDATE outgoing SET message_id = ? WHERE seq = ?"),
    numberByCounter: prepare(
      "UPDATE outgoing SET message_id = ? WHERE client_id = ? AND broker_id = ? AND broker_counter = ?",
    ),
    release: prepare(
      "UPDATE outgoing SET cmd = 'pubrel', topic = NULL, payload = NULL WHERE client_id = ? AND message_id = ?",
    ),
    remove: prepare<Row, [string, number]>(
      `DELETE FROM outgoing WHERE client_id = ? AND message_id = ? RETURNING ${COLUMNS}`,
    ),
    drop: prepare("DELETE FROM outgoing WHERE client_id = ? AND message_id = ?"),
    forget: prepare("DELETE FROM outgoing WHERE client_id = ?"),
    count: prepare<{ n: number }, []>("SELECT count(*) AS n FROM outgoing"),
  };
}

function insertFor(sql: Statements, qosOf: Map<string, QoS>, packet: Packet): void {
  const { topic, payload, retain, brokerId = null, brokerCounter = null } = packet;
  for (const [clientId, qos] of qosOf) {
    sql.insert.run(clientId, topic, payload, qos, retain, brokerId, brokerCounter);
  }
}

/** So that rows may go while it is read. */
function* inPages({ page }: Statements, clientId: string) {
  let rows = page.all(clientId, 0);
  while (rows.length > 0) {
    yield* rows.map(asPacket);
    rows = page.all(clientId, rows.at(-1)!.seq);
  }
}

/** One entry a client, at the highest quality of service that it asked for (MQTT 3.1.1 §3.3.5). */
function strongest(addressees: Addressee[], published: QoS): Map<string, QoS> {
  const found = new Map<string, QoS>();
  for (const { clientId, qos = published } of addressees) {
    found.set(clientId, Math.max(found.get(clientId) ?? 0, Math.min(qos, published)) as QoS);
  }
  return found;
}
