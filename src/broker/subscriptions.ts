import type MemoryPersistence from "aedes-persistence/asyncPersistence.js";
import type { SqliteFile } from "../sqlite/open.ts";
import type { ClientId, Subscriber, Subscription } from "./message.ts";

interface Row {
  client_id: string;
  topic: string;
  options: string;
}

/** Subscriptions of the persistent sessions: kept in SQLite, matched in the index. */
export function subscriptionStore({ prepare, commit }: SqliteFile, index: MemoryPersistence) {
  const put = prepare("INSERT OR REPLACE INTO subscription (client_id, topic, options) VALUES (?, ?, ?)");
  const remove = prepare("DELETE FROM subscription WHERE client_id = ? AND topic = ?");
  const clean = prepare("DELETE FROM subscription WHERE client_id = ?");
  const all = prepare<Row, []>("SELECT client_id, topic, options FROM subscription");

  return {
    async addSubscriptions(client: ClientId, subscriptions: Subscription[]): Promise<void> {
      commit.write(() => {
        for (const { topic, ...options } of subscriptions) put.run(client.id, topic, JSON.stringify(options));
      });
      await index.addSubscriptions(client, subscriptions);
      await commit.durable();
    },
    async removeSubscriptions(client: ClientId, topics: string[]): Promise<void> {
      commit.write(() => {
        for (const topic of topics) remove.run(client.id, topic);
      });
      await index.removeSubscriptions(client, topics);
      await commit.durable();
    },
    async cleanSubscriptions(client: ClientId): Promise<void> {
      commit.write(() => clean.run(client.id));
      await index.cleanSubscriptions(client);
    },
    subscriptionsByClient: (client: ClientId): Promise<Subscription[]> => index.subscriptionsByClient(client),
    subscriptionsByTopic: (topic: string): Promise<Subscriber[]> => index.subscriptionsByTopic(topic),
    countOffline: () => index.countOffline(),
    getClientList: (topic: string) => index.getClientList(topic),
    async loadSubscriptions(): Promise<void> {
      for (const { client_id: id, topic, options } of all.all()) {
        await index.addSubscriptions({ id }, [{ topic, ...JSON.parse(options) }]);
      }
    },
  };
}
