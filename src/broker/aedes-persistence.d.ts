declare module "aedes-persistence/asyncPersistence.js" {
  import type { Readable } from "node:stream";
  import type { ClientId, Packet, Subscriber, Subscription } from "./message.ts";

  /** The in-memory persistence of aedes: here the index (topic tries) over what SQLite keeps. */
  export default class MemoryPersistence {
    setup(broker: object): Promise<void>;
    storeRetained(packet: Packet): Promise<void>;
    createRetainedStream(pattern: string): Readable;
    createRetainedStreamCombi(patterns: string[]): Readable;
    addSubscriptions(client: ClientId, subscriptions: Subscription[]): Promise<void>;
    removeSubscriptions(client: ClientId, topics: string[]): Promise<void>;
    subscriptionsByClient(client: ClientId): Promise<Subscription[]>;
    subscriptionsByTopic(topic: string): Promise<Subscriber[]>;
    cleanSubscriptions(client: ClientId): Promise<void>;
    countOffline(): Promise<{ subsCount: number; clientsCount: number }>;
    getClientList(topic: string): Readable;
  }
}

declare module "aedes-persistence/abstract.js" {
  import type assert from "node:assert";

  export interface TestContext {
    plan(assertions: number): void;
    diagnostic(message: string): void;
    assert: typeof assert;
  }
  /** The contract suite of aedes persistences. */
  export default function abstractPersistence(options: {
    test(name: string, run: (t: TestContext) => Promise<void>): void;
    persistence(): object;
    testAsync: true;
  }): void;
}
