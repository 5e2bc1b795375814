import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../log/logger.ts";
import { type Broker, type BrokerOptions, openBroker } from "./open-broker.ts";
import { type RawClient, rawClient } from "./raw-client.fixture.ts";

/** Brokers and folders of one test file, gone after each test. */
export function opened() {
  const brokers = new Set<Broker>();
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all([...brokers].map((broker) => broker.close()));
    brokers.clear();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  return {
    async open(options: Partial<BrokerOptions> = {}): Promise<Broker> {
      const broker = await openBroker({ host: "127.0.0.1", port: 0, log: silent, ...options });
      brokers.add(broker);
      return broker;
    },
    async close(broker: Broker): Promise<void> {
      brokers.delete(broker);
      await broker.close();
    },
    folder(): string {
      const dir = mkdtempSync(join(tmpdir(), "broker-"));
      folders.push(dir);
      return dir;
    },
  };
}

/** A connected client that does nothing by itself. */
export async function client(broker: Broker, clientId: string, clean = true): Promise<RawClient> {
  const raw = await rawClient(broker.port, { clientId, clean });
  await raw.connack();
  return raw;
}

/** "0", "1", … as many as wanted. */
export const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));
