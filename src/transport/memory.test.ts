import { describe, expect, test } from "bun:test";
import {
  type ConnectionState,
  type Delivery,
  PublicationTooLarge,
  PublishRefused,
  type Transport,
} from "../runtime/ports/transport.ts";
import { type MemoryBroker, type MemoryClientOptions, memoryBroker } from "./memory.fixture.ts";

const text = (delivery: Delivery) => Buffer.from(delivery.payload).toString();
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function connect(broker: MemoryBroker, options: MemoryClientOptions) {
  const states: ConnectionState["state"][] = [];
  const got: Delivery[] = [];
  const transport: Transport = broker.client(options);
  transport.start(({ state }) => states.push(state));
  return {
    transport,
    states,
    got,
    texts: () => got.map(text),
    take: (...filters: string[]) => transport.subscribe(filters, (delivery) => got.push(delivery)),
  };
}

const send = (broker: MemoryBroker, topic: string, payload: string, retain = false) =>
  broker.publish({ topic, payload, qos: 1, retain });

describe("routing", () => {
  test("delivers to matching subscriptions only, in order", async () => {
    const broker = memoryBroker();
    const { take, texts } = connect(broker, { clientId: "a" });
    await take("/a/+/x", "/b/#");
    for (const topic of ["/a/1/x", "/a/1/y", "/b", "/b/1/2", "/c"]) send(broker, topic, topic);
    await settled();
    expect(texts()).toEqual(["/a/1/x", "/b", "/b/1/2"]);
  });

  test("retained messages come on subscribing, marked; an empty one forgets", async () => {
    const broker = memoryBroker();
    send(broker, "/s/1", "one", true);
    send(broker, "/s/2", "two", true);
    send(broker, "/s/2", "", true);
    const { take, got } = connect(broker, { clientId: "a" });
    await take("/s/+");
    send(broker, "/s/1", "news", true);
    await settled();
    expect(got.map((d) => [text(d), d.retained])).toEqual([
      ["one", true],
      ["news", false],
    ]);
    expect(broker.retained()).toEqual({ "/s/1": "news" });
  });

  test("retain as published: what comes at once is marked too, for who asked for it", async () => {
    const broker = memoryBroker();
    const { transport, take, got } = connect(broker, { clientId: "a" });
    const asPublished: boolean[] = [];
    await transport.subscribe(["/s"], ({ retained }) => asPublished.push(retained), {
      retainAsPublished: true,
    });
    await take("/s");
    send(broker, "/s", "kept", true);
    send(broker, "/s", "plain");
    await settled();
    expect([asPublished, got.map(({ retained }) => retained)]).toEqual([
      [true, false],
      [false, false],
    ]);
  });

  test("a retained message is forgotten after its expiry", async () => {
    let now = 0;
    const broker = memoryBroker({ now: () => now });
    broker.publish({ topic: "/s", payload: "x", qos: 1, retain: true, expirySeconds: 10 });
    expect(broker.retained()).toEqual({ "/s": "x" });
    now = 10_000;
    expect(broker.retained()).toEqual({});
  });

  test("a shared subscription gives each message to one of its members", async () => {
    const broker = memoryBroker();
    const members = [connect(broker, { clientId: "a" }), connect(broker, { clientId: "b" })];
    for (const { take } of members) await take("$share/g/t/+");
    for (const n of ["1", "2", "3", "4"]) send(broker, `t/${n}`, n);
    await settled();
    expect(members.map((m) => m.texts())).toEqual([
      ["1", "3"],
      ["2", "4"],
    ]);
  });

  test("refuses topic names with wildcards, too large messages and what is not allowed", async () => {
    const broker = memoryBroker({
      maxBytes: 4,
      allow: (id, action, topic) => topic !== `/no/${id}/${action}`,
    });
    const { transport, take } = connect(broker, { clientId: "a" });
    const publish = (topic: string, payload = "x") => transport.publish({ topic, payload, qos: 1 });
    await publish("/fine");
    for (const topic of ["/a/+", "/#", "", "/no/a/publish"]) {
      await expect(publish(topic)).rejects.toBeInstanceOf(PublishRefused);
    }
    await expect(publish("/fine", "12345")).rejects.toBeInstanceOf(PublicationTooLarge);
    await expect(take("/no/a/subscribe")).rejects.toThrow("refused the subscription");
  });
});

describe("QoS 1", () => {
  test("what was not acknowledged comes again after the connection was lost", async () => {
    const broker = memoryBroker();
    const { take, got, texts, states } = connect(broker, { clientId: "a", clean: false });
    await take("/t");
    for (const n of ["1", "2", "3"]) send(broker, "/t", n);
    await settled();
    const [first, second] = got;
    second!.ack();
    broker.cut("a");
    first!.ack(); // of a connection that is gone: does nothing
    await settled();
    expect(texts()).toEqual(["1", "2", "3", "1", "3"]);
    expect(states).toEqual(["connecting", "connected", "disconnected", "connected"]);
    for (const delivery of got) delivery.ack();
    broker.cut("a");
    await settled();
    expect(got.length).toBe(5);
  });

  test("no more than the receive maximum is on the way: back-pressure", async () => {
    const broker = memoryBroker();
    const { take, got, texts } = connect(broker, { clientId: "a", receiveMaximum: 2 });
    await take("/t");
    for (const n of ["1", "2", "3"]) send(broker, "/t", n);
    await settled();
    expect(texts()).toEqual(["1", "2"]);
    got[1]!.ack();
    got[1]!.ack();
    await settled();
    expect(texts()).toEqual(["1", "2", "3"]);
  });

  test("a persistent session gets what came while it was away; a clean one does not", async () => {
    const broker = memoryBroker();
    for (const [clientId, clean] of [
      ["keeps", false],
      ["forgets", true],
    ] as const) {
      const { transport, take } = connect(broker, { clientId, clean });
      await take("/t");
      await transport.close();
    }
    send(broker, "/t", "missed");
    broker.publish({ topic: "/t", payload: "qos 0", qos: 0 });
    const back = connect(broker, { clientId: "keeps", clean: false });
    const fresh = connect(broker, { clientId: "forgets" });
    await Promise.all([back.take("/t"), fresh.take("/t")]);
    await settled();
    expect(back.texts()).toEqual(["missed"]);
    expect(fresh.texts()).toEqual([]);
  });

  test("publications wait for the connection (QoS 1) or are dropped (QoS 0)", async () => {
    const broker = memoryBroker();
    const { transport, states } = connect(broker, { clientId: "a" });
    await settled();
    broker.down();
    const kept = transport.publish({ topic: "/t", payload: "kept", qos: 1 });
    await transport.publish({ topic: "/t", payload: "dropped", qos: 0 });
    await settled();
    expect(states.at(-1)).toBe("disconnected");
    broker.up();
    await kept;
    expect(broker.published.map((p) => p.payload)).toEqual(["kept"]);
  });
});

describe("the end of a connection", () => {
  const will = { topic: "/will", payload: "gone", qos: 1 as const, retain: true };

  test("publishes the will when it is lost, not when it is closed", async () => {
    const broker = memoryBroker();
    const { transport } = connect(broker, { clientId: "a", will });
    await settled();
    await transport.close();
    expect(broker.published).toEqual([]);
    connect(broker, { clientId: "b", will });
    await settled();
    broker.cut("b");
    expect(broker.retained()).toEqual({ "/will": "gone" });
  });

  test("another client with the same id takes over", async () => {
    const broker = memoryBroker();
    const one = connect(broker, { clientId: "a", will });
    await one.take("/t");
    const two = connect(broker, { clientId: "a" });
    await two.take("/t");
    send(broker, "/t", "x");
    await settled();
    expect(one.states.at(-1)).toBe("taken-over");
    expect([one.texts(), two.texts()]).toEqual([[], ["x"]]);
    await expect(one.transport.publish({ topic: "/t", payload: "y", qos: 1 })).rejects.toThrow("closed");
  });

  test("publications that were waiting are refused by close", async () => {
    const broker = memoryBroker();
    broker.down();
    const { transport } = connect(broker, { clientId: "a" });
    const waiting = transport.publish({ topic: "/t", payload: "x", qos: 1 });
    await transport.close();
    await expect(waiting).rejects.toThrow("closed");
    broker.up();
    expect(broker.published).toEqual([]);
  });
});
