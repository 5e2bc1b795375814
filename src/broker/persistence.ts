import { Readable } from "node:stream";
import MemoryPersistence from "aedes-persistence/asyncPersistence.js";
import type { GroupCommit } from "../sqlite/group-commit.ts";
import type { SqliteFile } from "../sqlite/open.ts";
import { incomingStore } from "./incoming.ts";
import type { ClientId, Packet } from "./message.ts";
import { type Addressee, type OutgoingStore, outgoingStore } from "./outgoing.ts";
import { retainedStore } from "./retained.ts";
import { subscriptionStore } from "./subscriptions.ts";
import { willStore } from "./wills.ts";

export type SqlitePersistence = ReturnType<typeof sqlitePersistence>;

/**
 * An aedes persistence (the contract: aedes-persistence/abstract.js) over SQLite. Promises that aedes waits for before
 * it tells a client that something is done resolve after the commit.
 */
export function sqlitePersistence(database: SqliteFile) {
  const { commit } = database;
  const index = new MemoryPersistence();
  const outgoing = outgoingStore(database);
  const incoming = incomingStore(database);
  const retained = retainedStore(database, index);
  const subscriptions = subscriptionStore(database, index);
  let broker: { id: string } = { id: "" };

  return {
    ...retained,
    ...subscriptions,
    ...incoming,
    ...willStore(database, () => broker.id),
    queues: outgoing,
    /** Resolves when all that was written until now is durable. */
    durable: commit.durable,

    get broker() {
      return broker;
    },
    async setup(owner: { id: string }): Promise<void> {
      broker = owner;
      await index.setup(owner);
      await retained.loadRetained();
      await subscriptions.loadSubscriptions();
    },
    /** Everything about a session goes. Does not reject: a failure is a rollback, and told as such. */
    async forget(client: ClientId): Promise<void> {
      outgoing.forget(client.id);
      await Promise.allSettled([incoming.cleanIncoming(client), subscriptions.cleanSubscriptions(client)]);
    },
    ...aedesOutgoing(outgoing, commit),
    async destroy(): Promise<void> {
      await database.close();
    },
  };
}

/** The queues, as aedes asks for them. */
function aedesOutgoing(outgoing: OutgoingStore, commit: GroupCommit) {
  async function outgoingEnqueueCombi(addressees: Addressee[], packet: Packet): Promise<void> {
    outgoing.enqueue(addressees, packet);
    await commit.durable();
  }

  return {
    outgoingEnqueue: (addressee: Addressee, packet: Packet) => outgoingEnqueueCombi([addressee], packet),
    outgoingEnqueueCombi,
    async outgoingUpdate({ id }: ClientId, packet: Packet): Promise<void> {
      const found =
        packet.cmd === "pubrel" ? outgoing.received(id, packet.messageId!) : outgoing.numbered(packet, id);
      if (!found) throw new Error("no such packet");
      await commit.durable();
    },
    async outgoingClearMessageId({ id }: ClientId, { messageId }: Pick<Packet, "messageId">) {
      return messageId === undefined ? undefined : outgoing.remove(id, messageId);
    },
    outgoingStream: ({ id }: ClientId): Readable => Readable.from(outgoing.all(id)),
  };
}
