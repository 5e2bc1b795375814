import { expect, test } from "bun:test";
import { until } from "../../test/peers/until.ts";
import { absentSubscriber, client, numbers, opened } from "./opened.fixture.ts";
import { type RawClient, rawClient } from "./raw-client.fixture.ts";

const { open, start, folder } = opened();

/** Acknowledges whatever comes until all of these have come. */
async function collect(sub: RawClient, wanted: Iterable<string>): Promise<string[]> {
  const missing = new Set(wanted);
  let acked = 0;
  await until("every message", () => {
    for (; acked < sub.of("publish").length; acked++) {
      const { messageId, payload } = sub.of("publish")[acked]!;
      sub.ack(messageId!);
      missing.delete(payload.toString());
    }
    return missing.size === 0;
  });
  return sub.texts();
}

test("500 acknowledged messages for an absent subscriber outlive kill -9 (NFR-002)", async () => {
  const dir = folder();
  const before = await start(dir);
  await absentSubscriber(before, "sub", "/control/agents/a/input");
  const pub = await client(before, "pub", false);
  for (const n of numbers(500)) pub.publish("/control/agents/a/input", n);
  await pub.nth("puback", 500);
  await before.kill();

  const sub = await client(await start(dir), "sub", false);
  expect((await sub.connack()).sessionPresent).toBe(true);
  expect(await collect(sub, numbers(500))).toEqual(numbers(500));
});

test("the Last Will of a client that a crash cut off goes out when it does not come back (FR-004)", async () => {
  const dir = folder();
  const before = await start(dir);
  const connect = async (port: number, clientId: string) => {
    const will = { topic: `will/${clientId}`, payload: Buffer.from(clientId), qos: 1, retain: true } as const;
    const raw = await rawClient(port, { clientId, clean: false, will });
    await raw.connack();
    return raw;
  };
  await connect(before.port, "lost");
  await connect(before.port, "returns");
  await before.kill();

  const broker = await open({ dir, heartbeatMs: 20 });
  const returned = await connect(broker.port, "returns");
  await returned.subscribe("will/+");
  await returned.nth("publish", 1);
  const { retained } = broker.stats();
  // One that goes out while this subscription is made may come twice: as it is, and as the one that is retained.
  expect([new Set(returned.texts()), retained]).toEqual([new Set(["lost"]), 1]);
});

test("retained messages outlive kill -9", async () => {
  const dir = folder();
  const before = await start(dir);
  const pub = await client(before, "pub", false);
  pub.publish("/control/agents/a/status", "available", { retain: true });
  await pub.nth("puback", 1);
  await before.kill();

  const sub = await client(await start(dir), "sub", false);
  await sub.subscribe("/control/agents/+/status");
  expect(await sub.nth("publish", 1)).toMatchObject({ retain: true });
  expect(sub.texts()).toEqual(["available"]);
});

test("whatever was acknowledged before kill -9 in the middle of a stream is delivered, in order", async () => {
  const dir = folder();
  const acknowledged = new Set<string>();
  const delivered: string[] = [];
  let next = 0;
  for (let round = 0; round < 12; round++) {
    const broker = await start(dir);
    const sub = await client(broker, "sub", false);
    if (round === 0) await sub.subscribe("t");
    const pub = await client(broker, `pub-${round}`);
    const sent = new Map<number, string>();
    for (let i = 0; i < 400; i++) {
      sent.set(pub.publish("t", String(next)), String(next));
      next += 1;
    }
    // A different moment in each round, told by progress and not by a clock.
    await pub.nth("puback", 1 + round * 30);
    await broker.kill();
    await pub.closed();
    for (const { messageId } of pub.of("puback")) acknowledged.add(sent.get(messageId!)!);
    delivered.push(...sub.texts()); // none of them acknowledged: they come again
  }
  const sub = await client(await start(dir), "sub", false);
  const texts = await collect(sub, acknowledged);
  expect(texts).toEqual([...texts].sort((a, b) => Number(a) - Number(b)));
  expect(acknowledged.size).toBeGreaterThan(1000);
  expect(new Set(delivered).size).toBeGreaterThan(0);
});

test("QoS 2 stays exactly once over kill -9 at every step of both handshakes", async () => {
  const dir = folder();
  let broker = await start(dir);
  let [sub, pub] = [await client(broker, "sub", false), await client(broker, "pub", false)];
  await sub.subscribe("t", 2);
  const crash = async () => {
    await broker.kill();
    broker = await start(dir);
    [sub, pub] = [await client(broker, "sub", false), await client(broker, "pub", false)];
  };
  const publish = {
    cmd: "publish",
    topic: "t",
    payload: "once",
    qos: 2,
    retain: false,
    messageId: 7,
  } as const;

  pub.send({ ...publish, dup: false });
  await pub.nth("pubrec", 1);
  await crash();
  pub.send({ ...publish, dup: true });
  await pub.nth("pubrec", 1);
  await crash();
  pub.send({ cmd: "pubrel", messageId: 7 });
  await pub.nth("pubcomp", 1);
  await crash();
  const id = (await sub.nth("publish", 1)).messageId!;
  await crash();
  expect(await sub.nth("publish", 1)).toMatchObject({ messageId: id, dup: true });
  sub.send({ cmd: "pubrec", messageId: id });
  await sub.nth("pubrel", 1);
  await crash();
  await sub.nth("pubrel", 1);
  sub.send({ cmd: "pubcomp", messageId: id });
  await sub.ping();
  expect(sub.texts()).toEqual([]);

  pub.send({ ...publish, payload: "the id is free again", dup: false });
  await sub.nth("publish", 1);
  expect(sub.texts()).toEqual(["the id is free again"]);
});

test("a full disk: nothing is acknowledged that was not kept, and the broker goes on", async () => {
  const dir = folder();
  // Files may grow to 2,048 blocks of 512 bytes; SIGXFSZ is ignored, so that writes fail as on a full disk.
  const broker = await start(dir, { shell: "trap '' XFSZ; ulimit -f 2048;" });
  await absentSubscriber(broker, "sub", "t");
  const pub = await client(broker, "pub");
  const fill = "x".repeat(10_000);
  const sent = new Map<number, string>();
  for (let i = 0; !pub.isClosed(); i++) {
    sent.set(pub.publish("t", `${i}:${fill}`), `${i}:${fill}`);
    await until("PUBACK, or the end", () => pub.of("puback").length === i + 1 || pub.isClosed());
  }
  expect(broker.isAlive()).toBe(true);
  await (await client(broker, "still-here")).ping();
  await broker.kill();

  const acknowledged = pub.of("puback").map(({ messageId }) => sent.get(messageId!)!);
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(acknowledged.length).toBe(sent.size - 1);
  const sub = await client(await start(dir), "sub", false);
  const texts = await collect(sub, acknowledged);
  expect(texts.slice(0, acknowledged.length)).toEqual(acknowledged);
});
