import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../log/logger.ts";
import { type BrokerProcess, brokerProcess } from "./broker-process.fixture.ts";
import { type Broker, type BrokerOptions, openBroker } from "./open-broker.ts";
import { type RawClient, rawClient } from "./raw-client.fixture.ts";

/** Brokers, in this process or one of their own, and folders of one test file; gone after each test. */
export function opened() {
  const brokers = new Set<Broker>();
  const processes: BrokerProcess[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all([...brokers].map((broker) => broker.close()));
    brokers.clear();
    await Promise.all(processes.splice(0).map((broker) => broker.kill()));
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
    async start(dir: string, options?: { shell: string }): Promise<BrokerProcess> {
      const broker = await brokerProcess(dir, options);
      processes.push(broker);
      return broker;
    },
    folder(): string {
      const dir = mkdtempSync(join(tmpdir(), "broker-"));
      folders.push(dir);
      return dir;
    },
  };
}

/** A connected client that does nothing by itself. */
export async function client(broker: { port: number }, clientId: string, clean = true): Promise<RawClient> {
  const raw = await rawClient(broker.port, { clientId, clean });
  await raw.connack();
  return raw;
}

/** A client with a persistent session, subscribed and gone again. */
export async function absentSubscriber(
  broker: { port: number },
  clientId: string,
  topic: string,
): Promise<void> {
  const absent = await client(broker, clientId, false);
  await absent.subscribe(topic);
  await absent.disconnect();
}

/** "0", "1", … as many as wanted. */
export const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));
