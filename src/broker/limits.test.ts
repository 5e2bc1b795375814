import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { ExpectedError } from "../base/errors.ts";
import { type Logger, silent } from "../log/logger.ts";
import { client, numbers, opened } from "./opened.fixture.ts";
import { rawClient } from "./raw-client.fixture.ts";

const { open, close, folder } = opened();

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
      // What is alive: the resident size of a process that runs many tests goes up and down with them.
      const { heapSize, extraMemorySize } = heapStats();
      return heapSize + extraMemorySize;
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
    expect(error.message).toBe("the broker's state is in use by another process");
    await close(one);
    await open({ dir });
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
