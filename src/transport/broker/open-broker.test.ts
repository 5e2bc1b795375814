import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { until } from "../../../test/peers/until.ts";
import { ExpectedError } from "../../base/errors.ts";
import { type Logger, silent } from "../../base/log.ts";
import { type Broker, type BrokerOptions, openBroker } from "./open-broker.ts";
import { type RawClient, rawClient } from "./raw-client.fixture.ts";

const brokers: Broker[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function open(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await openBroker({ host: "127.0.0.1", port: 0, log: silent, ...options });
  brokers.push(broker);
  return broker;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "broker-"));
  folders.push(dir);
  return dir;
}

async function client(broker: Broker, clientId: string, clean = true): Promise<RawClient> {
  const raw = await rawClient(broker.port, { clientId, clean });
  await raw.connack();
  return raw;
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => String(i));

describe("delivery", () => {
  test("a message reaches its subscriber, and PUBACK its publisher", async () => {
    const broker = await open();
    const [sub, pub] = [await client(broker, "sub"), await client(broker, "pub")];
    await sub.subscribe("/control/agents/+/input");
    const id = pub.publish("/control/agents/a/input", "hello");
    expect((await pub.nth("puback", 1)).messageId).toBe(id);
    expect(await sub.nth("publish", 1)).toMatchObject({
      topic: "/control/agents/a/input",
      qos: 1,
      retain: false,
    });
    expect(sub.texts()).toEqual(["hello"]);
  });

  test.each([true, false])("messages keep their order (clean: %p)", async (clean) => {
    const broker = await open();
    const [sub, pub] = [await client(broker, "sub", clean), await client(broker, "pub")];
    await sub.subscribe("t");
    for (const n of numbers(1000)) pub.publish("t", n);
    for (let n = 1; n <= 1000; n++) sub.ack((await sub.nth("publish", n)).messageId!);
    expect(sub.texts()).toEqual(numbers(1000));
  });

  test.each([true, false])(
    "one copy for overlapping subscriptions, at the highest QoS (clean: %p)",
    async (clean) => {
      const broker = await open();
      const [sub, pub] = [await client(broker, "sub", clean), await client(broker, "pub")];
      await sub.subscribe("a/#", 0);
      await sub.subscribe("a/+", 1);
      await sub.subscribe("a/b", 1);
      pub.publish("a/b", "once", { qos: 2 });
      sub.ack((await sub.nth("publish", 1)).messageId!);
      pub.publish("a/b", "end");
      await sub.nth("publish", 2);
      expect(sub.texts()).toEqual(["once", "end"]);
      expect(sub.of("publish").map(({ qos }) => qos)).toEqual([1, 1]);
    },
  );

  test("QoS 2 arrives once, through the whole handshake", async () => {
    const broker = await open();
    const [sub, pub] = [await client(broker, "sub", false), await client(broker, "pub", false)];
    await sub.subscribe("t", 2);
    const messageId = pub.publish("t", "exactly once", { qos: 2 });
    await pub.nth("pubrec", 1);
    pub.publish("t", "exactly once", { qos: 2, messageId, dup: true });
    await pub.nth("pubrec", 2);
    pub.send({ cmd: "pubrel", messageId });
    await pub.nth("pubcomp", 1);
    const { messageId: id } = await sub.nth("publish", 1);
    sub.send({ cmd: "pubrec", messageId: id! });
    expect((await sub.nth("pubrel", 1)).messageId).toBe(id!);
    sub.send({ cmd: "pubcomp", messageId: id! });
    await sub.ping();
    expect(sub.texts()).toEqual(["exactly once"]);
    expect(broker.stats().queued).toBe(0);
  });

  test("topics that start with $ are for no wildcard in the first place", async () => {
    const broker = await open();
    const [sub, pub] = [await client(broker, "sub", false), await client(broker, "pub")];
    await sub.subscribe("#");
    pub.publish("$internal", "no");
    pub.publish("plain", "yes");
    await sub.nth("publish", 1);
    expect(sub.texts()).toEqual(["yes"]);
  });

  test("a retained message is kept, flagged, replaced and removed", async () => {
    const broker = await open();
    const pub = await client(broker, "pub");
    pub.publish("/s", "old", { retain: true });
    pub.publish("/s", "new", { retain: true, qos: 0 });
    pub.publish("/gone", "x", { retain: true });
    pub.publish("/gone", "", { retain: true });
    await pub.ping();
    await pub.nth("puback", 3);
    for (const clean of [true, false]) {
      const sub = await client(broker, `sub-${clean}`, clean);
      await sub.subscribe("#");
      expect(await sub.nth("publish", 1)).toMatchObject({ topic: "/s", retain: true });
      await sub.ping();
      expect(sub.texts()).toEqual(["new"]);
    }
    expect(broker.stats().retained).toBe(1);
  });
});

describe("sessions", () => {
  test("messages wait for a persistent session, and a clean one discards them", async () => {
    const broker = await open();
    const sub = await client(broker, "sub", false);
    await sub.subscribe("t");
    await sub.disconnect();
    const pub = await client(broker, "pub");
    pub.publish("t", "kept");
    await pub.nth("puback", 1);

    const again = await client(broker, "sub", false);
    expect((await again.connack()).sessionPresent).toBe(true);
    await again.nth("publish", 1);
    await again.drop(); // not acknowledged
    const fresh = await client(broker, "sub", true);
    expect((await fresh.connack()).sessionPresent).toBe(false);
    await fresh.ping();
    expect(fresh.texts()).toEqual([]);
    expect(broker.stats().queued).toBe(0);
  });

  test("what was not acknowledged comes again in order, under the same id and marked as duplicate", async () => {
    const broker = await open({ window: 3 });
    const sub = await client(broker, "sub", false);
    await sub.subscribe("t");
    const pub = await client(broker, "pub");
    for (const n of numbers(5)) pub.publish("t", n);
    await sub.nth("publish", 3);
    const [first, second, third] = sub.of("publish").map(({ messageId }) => messageId!);
    sub.ack(second!);
    await sub.nth("publish", 4);
    await sub.drop();

    const again = await client(broker, "sub", false);
    await again.nth("publish", 3);
    await again.ping();
    expect(again.of("publish").map(({ payload, dup }) => [payload.toString(), dup])).toEqual([
      ["0", true],
      ["2", true],
      ["3", true],
    ]);
    expect(
      again
        .of("publish")
        .map(({ messageId }) => messageId!)
        .slice(0, 2),
    ).toEqual([first!, third!]);
    again.ack(first!);
    expect(await again.nth("publish", 4)).toMatchObject({ dup: false });
    expect(again.texts()).toEqual(["0", "2", "3", "4"]);
  });

  test("a client that comes a second time takes the session over", async () => {
    const broker = await open();
    const one = await client(broker, "sub", false);
    await one.subscribe("t");
    const two = await client(broker, "sub", false);
    await one.closed();
    const pub = await client(broker, "pub");
    pub.publish("t", "for the second");
    await two.nth("publish", 1);
    expect(one.texts()).toEqual([]);
  });

  test("the Last Will goes out when a client is lost, and not when it says goodbye", async () => {
    const broker = await open();
    const sub = await client(broker, "sub");
    await sub.subscribe("will/+");
    const will = (topic: string) =>
      ({ will: { topic, payload: Buffer.from(topic), qos: 1, retain: true } }) as const;
    const polite = await rawClient(broker.port, { clientId: "polite", ...will("will/polite") });
    await polite.connack();
    await polite.disconnect();
    const lost = await rawClient(broker.port, { clientId: "lost", ...will("will/lost") });
    await lost.connack();
    await lost.drop();
    await sub.nth("publish", 1);
    expect(sub.texts()).toEqual(["will/lost"]);
    await until("the will is retained", () => broker.stats().retained === 1);
  });

  test("a session whose client stays away is forgotten after its time", async () => {
    let now = 1_000_000;
    const dir = folder();
    const broker = await open({ dir, now: () => now, sessionExpirySeconds: 60 });
    const sub = await client(broker, "sub", false);
    await sub.subscribe("t");
    await sub.disconnect();
    const pub = await client(broker, "pub");
    pub.publish("t", "kept");
    await pub.nth("puback", 1);
    now += 59_000;
    await broker.sweep();
    expect(broker.stats()).toMatchObject({ sessions: 1, queued: 1 });
    now += 2_000;
    await broker.sweep();
    expect(broker.stats()).toMatchObject({ sessions: 0, queued: 0 });
    pub.publish("t", "for nobody");
    await pub.nth("puback", 2);
    expect(broker.stats().queued).toBe(0);
  });

  test("a persistent session without a client id is refused (MQTT-3.1.3-8)", async () => {
    const broker = await open();
    const connect = [0x10, 12, 0, 4, ...Buffer.from("MQTT"), 4, 0, 0, 60, 0, 0]; // mqtt-packet refuses to write it
    const socket = dial(broker.port, "127.0.0.1", () => socket.write(Uint8Array.from(connect)));
    const [answer] = await once(socket, "data");
    expect([...answer]).toEqual([0x20, 2, 0, 2]); // CONNACK, identifier rejected
    await once(socket, "close");
  });
});

describe("back-pressure", () => {
  test.each([true, false])(
    "a client that acknowledges nothing gets one window (clean: %p)",
    async (clean) => {
      const broker = await open({ window: 10 });
      const [sub, pub] = [await client(broker, "sub", clean), await client(broker, "pub")];
      await sub.subscribe("t");
      for (const n of numbers(50)) pub.publish("t", n);
      await pub.nth("puback", 50);
      await sub.nth("publish", 10);
      await sub.ping();
      expect(sub.texts()).toEqual(numbers(10));
      sub.ack(sub.of("publish")[4]!.messageId!); // out of order: any of them makes room
      await sub.nth("publish", 11);
      await sub.ping();
      expect(sub.texts()).toEqual(numbers(11));
    },
  );

  test("20,000 messages for a client that acknowledges nothing stay out of memory", async () => {
    const broker = await open({ dir: folder(), durability: "normal" });
    const [sub, pub] = [await client(broker, "sub", false), await client(broker, "pub")];
    await sub.subscribe("t");
    const payload = Buffer.alloc(4096, "x");
    const round = async (upTo: number) => {
      for (let i = 0; i < 10_000; i++) pub.publish("t", payload);
      await until("PUBACKs", () => pub.of("puback").length === upTo, 20_000);
      pub.packets.length = 0;
      Bun.gc(true);
      return process.memoryUsage().rss;
    };
    const before = await round(10_000);
    const after = await round(10_000);
    expect(sub.of("publish")).toHaveLength(100);
    expect(broker.stats().queued).toBe(20_000);
    expect(after - before).toBeLessThan(20 * 1024 * 1024); // 41 MB more are owed
  });

  test("a client that stops reading holds nobody else up, and QoS 0 for it is dropped", async () => {
    const broker = await open();
    const [frozen, sub, pub] = await Promise.all(["frozen", "sub", "pub"].map((id) => client(broker, id)));
    await frozen!.subscribe("t", 0);
    await sub!.subscribe("t", 1);
    frozen!.socket.pause();
    const payload = Buffer.alloc(100_000);
    for (let n = 1; n <= 300; n++) {
      pub!.publish("t", payload);
      sub!.ack((await sub!.nth("publish", n)).messageId!);
    }
    expect(broker.stats().dropped).toBeGreaterThan(0);
  });
});

describe("with mqtt.js", () => {
  test.each(["mqtt", "ws"] as const)("a thousand messages of 10 kB both ways over %s", async (scheme) => {
    const broker = await open({ webSocketPort: 0 });
    const port = scheme === "ws" ? broker.webSocketPort : broker.port;
    const peer = await mqtt.connectAsync(`${scheme}://127.0.0.1:${port}`, { protocolVersion: 4 });
    await peer.subscribeAsync("t/+", { qos: 1 });
    const got: string[] = [];
    peer.on("message", (_, payload) => got.push(payload.toString("utf8", 0, 4)));
    const payload = (n: number) => n.toString().padStart(4, "0").padEnd(10_000);
    await Promise.all(numbers(1000).map((n) => peer.publishAsync("t/x", payload(Number(n)), { qos: 1 })));
    await until("all of them", () => got.length === 1000);
    expect(got).toEqual(numbers(1000).map((n) => n.padStart(4, "0")));
    await peer.endAsync();
  });

  test("a browser that asks the WebSocket port for a page is told what it is", async () => {
    const broker = await open({ webSocketPort: 0 });
    const answer = await fetch(`http://127.0.0.1:${broker.webSocketPort}/`);
    expect(answer.status).toBe(426);
    expect(await answer.text()).toBe("Connect with MQTT over WebSocket.\n");
  });
});

describe("limits and errors", () => {
  test("a port that is in use is named, with the remedy", async () => {
    const { port } = await open();
    const error = await open({ port }).catch((e) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toBe(`port ${port} on 127.0.0.1 is already in use`);
    expect(error.hint).toContain("choose another port");
    const { webSocketPort } = await open({ webSocketPort: 0 });
    const taken = await open({ webSocketPort }).catch((e) => e);
    expect(taken.message).toBe(`port ${webSocketPort} on 127.0.0.1 is already in use`);
  });

  test("a folder that another broker uses is refused, and free again after it closed", async () => {
    const dir = folder();
    const one = await open({ dir });
    const error = await open({ dir }).catch((e) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.message).toBe("another broker uses this state folder");
    await one.close();
    brokers.splice(brokers.indexOf(one), 1);
    await open({ dir });
  });

  test("a damaged state and a folder that cannot be are explained", async () => {
    const dir = folder();
    writeFileSync(join(dir, "broker.sqlite"), "not a database, but long enough to look like one".repeat(100));
    const damaged = await open({ dir }).catch((e) => e);
    expect(damaged).toBeInstanceOf(ExpectedError);
    expect(damaged.message).toBe("the broker's state is damaged");
    const blocked = await open({ dir: join(dir, "broker.sqlite", "x") }).catch((e) => e);
    expect(blocked).toBeInstanceOf(ExpectedError);
    expect(blocked.where).toContain("broker.sqlite/x");
  });

  test("credentials are asked for", async () => {
    const broker = await open({ auth: { username: "u", password: "right" } });
    for (const [password, returnCode] of [
      ["wrong", 4],
      ["right", 0],
    ] as const) {
      const raw = await rawClient(broker.port, {
        clientId: "a",
        username: "u",
        password: Buffer.from(password),
      });
      expect((await raw.connack()).returnCode).toBe(returnCode);
    }
    const nameless = await rawClient(broker.port, { clientId: "b" });
    expect((await nameless.connack()).returnCode).toBe(4);
    await nameless.closed();
  });

  test("a packet that is too long costs the connection before it is read", async () => {
    const broker = await open({ maxPacketBytes: 1000 });
    const [sub, pub] = [await client(broker, "sub"), await client(broker, "pub")];
    await sub.subscribe("t");
    pub.socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])); // PUBLISH of 256 MiB: only the header
    await pub.closed();
    const other = await client(broker, "other");
    other.publish("t", Buffer.alloc(900));
    await sub.nth("publish", 1);
  });

  test("a connection too many is refused, and there is room again when one ends", async () => {
    const warnings: string[] = [];
    const log: Logger = { ...silent, warn: (_, message) => warnings.push(message) };
    const broker = await open({ maxConnections: 1, log });
    const one = await client(broker, "one");
    const two = await rawClient(broker.port, { clientId: "two" });
    await two.closed();
    expect(warnings).toEqual(["too many connections: one was refused"]);
    await one.disconnect();
    await until("room", () => broker.stats().connections === 0);
    await client(broker, "two");
  });

  test("an open door is warned about", async () => {
    const warnings: string[] = [];
    const log: Logger = { ...silent, warn: (_, message) => warnings.push(message) };
    await open({ host: "0.0.0.0", log });
    expect(warnings).toEqual([
      "the broker takes connections from other machines, and asks nobody for a password",
    ]);
    await open({ host: "0.0.0.0", log, auth: { username: "u", password: "p" } });
    await open({ log });
    expect(warnings).toHaveLength(1);
  });

  test("garbage and MQTT 5 cost the connection, never the broker", async () => {
    const broker = await open();
    const five = await rawClient(broker.port, { clientId: "five", protocolVersion: 5 });
    expect((await five.connack()).returnCode).toBe(1); // unacceptable protocol version
    const garbage = await client(broker, "garbage");
    garbage.socket.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await garbage.closed();
    const pub = await client(broker, "pub");
    pub.publish("$SYS/fake", "x");
    await pub.closed();
    await client(broker, "still-here");
  });
});
