import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect as dial } from "node:net";
import mqtt from "mqtt";
import { until } from "../../test/peers/until.ts";
import { absentSubscriber, client, numbers, opened } from "./opened.fixture.ts";
import { rawClient } from "./raw-client.fixture.ts";

const { open, folder } = opened();

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
    await absentSubscriber(broker, "sub", "t");
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
    await absentSubscriber(broker, "sub", "t");
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
