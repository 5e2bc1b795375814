import { createHash, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import type { AedesOptions, AuthenticateError } from "aedes";
import { writeToStream } from "mqtt-packet";
import type { AedesClient } from "./aedes-internals.ts";
import type { ClientId, Packet, Subscriber } from "./message.ts";
import type { Addressee } from "./outgoing.ts";
import type { SqlitePersistence } from "./persistence.ts";
import type { Counters } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export interface Credentials {
  username: string;
  password: string;
}

/**
 * Broker id of messages that {@link acceptance} stored: aedes acknowledges a QoS 1 message before it stores it, so
 * here it is stored first, and aedes is told nothing is left to store.
 */
const STORED = "stored";

/** Stores a message for everyone who is owed it; resolves when it is durable and on its way. */
export function acceptance(store: SqlitePersistence, sessions: Sessions) {
  let counter = 0;
  return async (packet: Packet): Promise<void> => {
    counter += 1;
    packet.brokerId = STORED;
    packet.brokerCounter = counter;
    if (packet.retain) await store.storeRetained(packet);
    const subscribers = await store.subscriptionsByTopic(packet.topic);
    const owed = store.queues.enqueue(subscribers.filter(mayTake(packet.topic)), packet);
    await store.durable();
    sessions.wake(owed);
  };
}

/** A wildcard in the first place does not match topics that start with `$` (MQTT 3.1.1 §4.7.2). */
const mayTake = (topic: string) => (subscriber: Subscriber) =>
  !topic.startsWith("$") || !/^[+#]/.test(subscriber.topic);

/** The store as aedes gets it: sessions send and acknowledge by themselves. */
export function aedesPersistence(store: SqlitePersistence, sessions: Sessions) {
  return {
    ...store,
    async storeRetained(packet: Packet): Promise<void> {
      if (packet.brokerId !== STORED) await store.storeRetained(packet);
    },
    async outgoingEnqueueCombi(addressees: Addressee[], packet: Packet): Promise<void> {
      if (packet.brokerId === STORED) return;
      await store.outgoingEnqueueCombi(addressees, packet);
      sessions.wake(addressees.map(({ clientId }) => clientId));
    },
    /** aedes would send the whole queue on CONNECT. */
    outgoingStream: () => Readable.from([]),
    async outgoingClearMessageId(client: ClientId, { messageId }: Packet): Promise<void> {
      if (messageId !== undefined) sessions.acknowledged(client, messageId);
    },
    /** A clean session begins: nothing stays of the one before (MQTT 3.1.1 §3.1.2.4). */
    async cleanSubscriptions(client: ClientId): Promise<void> {
      await store.cleanSubscriptions(client);
      store.queues.forget(client.id);
    },
    /** aedes takes its own wills for those of a dead broker when the clock jumps (a laptop that slept). */
    streamWill: (alive: Record<string, number>) => store.streamWill({ ...alive, [store.broker.id]: 0 }),
  };
}

type Hooks = Required<Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish">>;

export interface HookOptions {
  sessions: Sessions;
  accept(packet: Packet): Promise<void>;
  counters: Counters;
  auth?: Credentials | undefined;
}

export function hooks({ sessions, accept, counters, auth }: HookOptions): Hooks {
  const isAllowed = credentialCheck(auth);
  return {
    preConnect(client, { clientId, clean = true }, done) {
      if (!clientId && !clean) {
        // A session that is to be kept needs a name (MQTT 3.1.1 §3.1.3.1).
        writeToStream({ cmd: "connack", returnCode: 2, sessionPresent: false }, client.conn);
        setImmediate(() => done(new Error("a persistent session needs a client id"), false));
        return;
      }
      sessions.attach(client as AedesClient, clean);
      done(null, true);
    },
    authenticate(_client, username, password, done) {
      if (isAllowed(username, password)) done(null, true);
      else
        done(
          Object.assign(new Error("bad user name or password"), { returnCode: 4 }) as AuthenticateError,
          null,
        );
    },
    authorizePublish(_client, packet, done) {
      counters.received += 1;
      if (packet.topic.startsWith("$SYS/")) return done(new Error("$SYS topics are the broker's own"));
      if (packet.qos !== 1) return done(null);
      accept(packet as Packet).then(() => done(null), done);
    },
  };
}

/** Compares digests, so that the time taken tells nothing about the credentials. */
function credentialCheck(auth: Credentials | undefined) {
  const digest = (value: string | Buffer) => createHash("sha256").update(value).digest();
  if (!auth) return () => true;
  const username = digest(auth.username);
  const password = digest(auth.password);
  return (name: string | undefined, word: Buffer | undefined) => {
    const known = timingSafeEqual(digest(name ?? ""), username);
    return timingSafeEqual(digest(word ?? ""), password) && known;
  };
}
