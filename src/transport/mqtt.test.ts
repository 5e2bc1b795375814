import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Mosquitto, mosquitto } from "../../test/peers/mosquitto.ts";
import { freePort } from "../../test/peers/ports.ts";
import { until } from "../../test/peers/until.ts";
import { type Delivery, LinkLost } from "../runtime/ports/transport.ts";
import { mqttClients, text } from "./mqtt-clients.fixture.ts";
import { scriptedBroker } from "./scripted-broker.fixture.ts";

let broker: Mosquitto;
beforeAll(async () => {
  broker = await mosquitto();
});
afterAll(() => broker.stop());
const connect = mqttClients(() => broker.url);

describe.each(["5", "3.1.1"] as const)("MQTT %s (NFR-001)", (protocol) => {
  const id = (name: string) => `${name}-${protocol}`;

  test("brings messages at QoS 1 and resolves a publication on PUBACK (NFR-002)", async () => {
    const got: Delivery[] = [];
    const { transport, states } = await connect({ clientId: id("a"), protocol });
    await transport.subscribe([`/t/${protocol}/+`], (delivery) => {
      got.push(delivery);
      delivery.ack();
    });
    await transport.publish({ topic: `/t/${protocol}/x`, payload: "hello", qos: 1 });
    await until("the message", () => got.length === 1);
    expect(text(got[0]!)).toBe("hello");
    expect(got[0]!.retained).toBe(false);
    expect(states.at(-1)).toMatchObject({ state: "connected", protocol });
  });

  test("a message that was not acknowledged comes again after the connection was lost", async () => {
    const clientId = id("again");
    const topic = `/again/${protocol}`;
    const first: Delivery[] = [];
    const one = await connect({ clientId, protocol, clean: false });
    await one.transport.subscribe([topic], (delivery) => first.push(delivery));
    const { transport: sender } = await connect({ clientId: id("sender"), protocol });
    for (const payload of ["1", "2", "3"]) await sender.publish({ topic, payload, qos: 1 });
    await until("three messages", () => first.length === 3);
    first[1]!.ack();
    await one.transport.publish({ topic: "/flush", payload: "", qos: 1 }); // the PUBACK went before it
    await one.transport.close();

    const second: Delivery[] = [];
    const two = await connect({ clientId, protocol, clean: false });
    await two.transport.subscribe([topic], (delivery) => {
      second.push(delivery);
      delivery.ack();
    });
    await until("the two that were left", () => second.length === 2);
    expect(second.map(text)).toEqual(["1", "3"]);
    first[0]!.ack(); // of a connection that is gone: does nothing
  });

  test("messages held back do not stop the connection: publications go on being acknowledged", async () => {
    const topic = `/held/${protocol}`;
    const held: Delivery[] = [];
    const { transport } = await connect({ clientId: id("held"), protocol, receiveMaximum: 20 });
    await transport.subscribe([topic], (delivery) => held.push(delivery));
    for (let i = 0; i < 50; i++) await transport.publish({ topic, payload: `${i}`, qos: 1 });
    await until("the broker's window", () => held.length >= 10);
    const inWindow = held.length;
    expect(inWindow).toBeLessThan(50); // back-pressure: the broker waits for our PUBACKs
    for (let done = 0; done < 50; done++) (await until("next", () => held[done])).ack();
    expect(held.map(text)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test("publishes the Last Will, retained, when the process is gone without a goodbye (FR-004)", async () => {
    const topic = `/will/${protocol}`;
    const script = `
      import { openMqtt } from "${import.meta.dir}/mqtt.ts";
      const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
      const t = await openMqtt({ url: "${broker.url}", clientId: "doomed-${protocol}", protocol: "${protocol}", log,
        will: { topic: "${topic}", payload: "gone", qos: 1, retain: true } });
      t.start((s) => { if (s.state === "connected") console.log("up"); });`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    child.kill("SIGKILL");
    await child.exited;
    const got: Delivery[] = [];
    const { transport } = await connect({ clientId: id("witness"), protocol });
    await transport.subscribe([topic], (delivery) => got.push(delivery));
    await until("the will", () => got.length > 0);
    expect(text(got[0]!)).toBe("gone");
  });
});

test.each([
  ["5", true, true],
  ["5", false, false],
  ["3.1.1", true, false], // the broker takes the flag off (MQTT-3.3.1-9)
] as const)(
  "MQTT %s, retain as published %p: a message that comes at once, published to be kept, is told so: %p (FR-005)",
  async (protocol, retainAsPublished, told) => {
    const topic = `/retained/${protocol}/${retainAsPublished}`;
    const got: Delivery[] = [];
    const { transport } = await connect({ clientId: `retained-${retainAsPublished}`, protocol });
    await transport.publish({ topic, payload: "before", qos: 1, retain: true });
    await transport.subscribe([topic], (delivery) => got.push(delivery), { retainAsPublished });
    await until("what was kept", () => got.length === 1);
    await transport.publish({ topic, payload: "kept", qos: 1, retain: true });
    await transport.publish({ topic, payload: "plain", qos: 1 });
    await until("all", () => got.length === 3);
    expect(got.map((delivery) => [text(delivery), delivery.retained])).toEqual([
      ["before", true],
      ["kept", told],
      ["plain", false],
    ]);
  },
);

test("waits for a broker that is absent at first, and comes back after its restart", async () => {
  const port = await freePort();
  const { transport, states } = await connect({
    clientId: "patient",
    url: `mqtt://127.0.0.1:${port}`,
    clean: false,
  });
  await until("a refusal", () => states.some((s) => s.state === "disconnected"));
  expect(states.find((s) => s.state === "disconnected")).toMatchObject({ refused: false });
  const got: string[] = [];
  const subscribed = transport.subscribe(["/p"], (d) => {
    got.push(text(d));
    d.ack();
  });
  const late = await mosquitto({ port });
  await subscribed;
  await transport.publish({ topic: "/p", payload: "1", qos: 1 });
  await late.kill();
  await until("the loss", () => states.at(-1)!.state !== "connected");
  const pending = transport.publish({ topic: "/p", payload: "2", qos: 1 });
  await late.start();
  await pending;
  await transport.publish({ topic: "/p", payload: "3", qos: 1 });
  await until("the message after the restart", () => got.includes("3"));
  await late.stop();
});

test("names the reason when the broker refuses the password", async () => {
  const closedBroker = await mosquitto({ config: ["allow_anonymous false"] });
  const { states } = await connect({
    clientId: "nobody",
    url: closedBroker.url,
    username: "u",
    password: "wrong-pw",
  });
  const state = await until("the refusal", () => states.find((s) => s.state === "disconnected"));
  expect(state).toMatchObject({ refused: true, reason: expect.stringContaining("not authorised") });
  expect(JSON.stringify(states)).not.toContain("wrong-pw");
  await closedBroker.stop();
});

test("stops when the broker says that another client took its id (MQTT 5, reason 0x8E)", async () => {
  await using twin = await scriptedBroker(({ cmd }, send, socket) => {
    if (cmd !== "connect") return;
    send({ cmd: "disconnect", reasonCode: 0x8e });
    socket.end();
  });
  const { states } = await connect({ clientId: "twin", url: twin.url });
  await until("taken over", () => states.at(-1)?.state === "taken-over");
  expect(twin.connections()).toBe(1);
});

test("says what is likely wrong when two clients fight for one id (Mosquitto gives no reason)", async () => {
  const one = await connect({ clientId: "rivals" });
  await connect({ clientId: "rivals" });
  const told = await until("the suspicion", () =>
    one.states.find((s) => s.state === "disconnected" && s.reason.includes("another client")),
  );
  expect(told).toMatchObject({ reason: expect.stringContaining('"rivals"') });
});

test("close sends a goodbye: no Last Will", async () => {
  const { transport } = await connect({
    clientId: "polite",
    will: { topic: "/polite", payload: "gone", qos: 1 },
  });
  const got: Delivery[] = [];
  const { transport: witness } = await connect({ clientId: "polite-witness" });
  await witness.subscribe(["/polite"], (delivery) => got.push(delivery));
  await transport.publish({ topic: "/polite", payload: "here", qos: 1 });
  await transport.close();
  await witness.publish({ topic: "/polite", payload: "end", qos: 1 });
  await until("the end", () => got.some((d) => text(d) === "end"));
  expect(got.map(text)).toEqual(["here", "end"]);
});

test("a packet that cannot be read ends the connection, so that nothing waits for ever", async () => {
  let answers = 0;
  await using broken = await scriptedBroker((packet, send, socket) => {
    if (packet.cmd !== "publish") return;
    answers += 1;
    if (answers === 1)
      socket.write(Uint8Array.of(0x40, 3, 0, packet.messageId!, 0x95)); // no reason of a PUBACK
    else send({ cmd: "puback", messageId: packet.messageId!, reasonCode: 0 });
  });
  const { transport, states } = await connect({ clientId: "broken", url: broken.url });
  const message = { topic: "/t", payload: "x", qos: 1 } as const;
  expect(await transport.publish(message).catch((e) => e)).toBeInstanceOf(LinkLost);
  await transport.publish(message);
  expect(states).toContainEqual(expect.objectContaining({ state: "disconnected" }));
});

test("what comes after close is refused", async () => {
  const { transport, states } = await connect({ clientId: "late" });
  await until("the connection", () => states.at(-1)?.state === "connected");
  await transport.close();
  await expect(transport.publish({ topic: "/t", payload: "x", qos: 1 })).rejects.toThrow("was closed");
});
