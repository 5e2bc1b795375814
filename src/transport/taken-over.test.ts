import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Packet } from "mqtt-packet";
import { openLink, SESSION_TAKEN_OVER } from "../../test/peers/link.ts";
import { type Mosquitto, mosquitto } from "../../test/peers/mosquitto.ts";
import { until } from "../../test/peers/until.ts";
import type { Delivery } from "../runtime/ports/transport.ts";
import { mqttClients, text } from "./mqtt-clients.fixture.ts";
import { scriptedBroker } from "./scripted-broker.fixture.ts";

/** Another client takes the client id, and the broker says so (MQTT 5, reason 0x8E). */

let broker: Mosquitto;
beforeAll(async () => {
  broker = await mosquitto();
});
afterAll(() => broker.stop());
const connect = mqttClients(() => broker.url);

/** Mosquitto says it from 2.0.15 on; with one that is older, the way to it does. */
async function tellingLink() {
  const link = await openLink(broker.port, { farewell: SESSION_TAKEN_OVER });
  return { ...link, url: `mqtt://127.0.0.1:${link.port}` };
}

test("what is published still leaves, over a connection that is nobody's session", async () => {
  const connects: Packet[] = [];
  await using twin = await scriptedBroker((packet, send, socket) => {
    if (packet.cmd === "connect") {
      connects.push(packet);
      if (connects.length > 1) return;
      send({ cmd: "disconnect", reasonCode: 0x8e });
      socket.end();
    } else if (packet.cmd === "publish") send({ cmd: "puback", messageId: packet.messageId!, reasonCode: 0 });
  });
  const will = { topic: "/will", payload: "gone", qos: 1 } as const;
  const { transport, states } = await connect({
    clientId: "old",
    url: twin.url,
    clean: false,
    handsOver: true,
    will,
  });
  await until("the second connection", () => states.some((s) => s.state === "taken-over" && s.connected));
  expect(states.map((s) => s.state)).toEqual([
    "connecting",
    "connected",
    "taken-over",
    "taken-over",
    "taken-over",
  ]);
  await transport.publish({ topic: "/answer", payload: "42", qos: 1 });
  expect(connects).toMatchObject([
    { clientId: "old", clean: false, will: { topic: "/will" } },
    {
      clientId: expect.stringMatching(/^old-leaving-[0-9a-f]{8}$/),
      clean: true,
      properties: { sessionExpiryInterval: 0 },
    },
  ]);
  expect(connects[1]).not.toHaveProperty("will");
});

test("nothing is delivered to the old one any more but what it asked for in this case; the new one gets the tasks", async () => {
  const link = await tellingLink();
  const got = { old: [] as string[], new: [] as string[], watch: [] as string[] };
  const take = (into: string[]) => (delivery: Delivery) => {
    into.push(text(delivery));
    delivery.ack();
  };
  const old = await connect({ clientId: "agent", url: link.url, clean: false, handsOver: true });
  void old.transport.subscribe(["/status"], take(got.watch), { whenTakenOver: true });
  await old.transport.subscribe(["/input"], take(got.old));
  const successor = await connect({ clientId: "agent", clean: false, handsOver: true });
  await successor.transport.subscribe(["/input"], take(got.new));
  await until("the old one to leave", () => old.states.some((s) => s.state === "taken-over" && s.connected));
  await successor.transport.publish({ topic: "/input", payload: "task", qos: 1 });
  // Retained, as statuses are: the old one may subscribe a moment later.
  await successor.transport.publish({ topic: "/status", payload: "here", qos: 1, retain: true });
  await until("both", () => got.new.length + got.watch.length === 2);
  expect(got).toEqual({ old: [], new: ["task"], watch: ["here"] });
  await link.close();
});

test("the old one can take its place back", async () => {
  const link = await tellingLink();
  const got: string[] = [];
  const old = await connect({ clientId: "again", url: link.url, clean: false, handsOver: true });
  await old.transport.subscribe(["/again"], (delivery) => {
    got.push(text(delivery));
    delivery.ack();
  });
  const successor = await connect({ clientId: "again", clean: false });
  await until("the old one to leave", () => old.states.some((s) => s.state === "taken-over" && s.connected));
  await successor.transport.close();
  old.transport.takeBack();
  await until("it to be back", () => old.states.at(-1)?.state === "connected");
  expect(old.states.at(-1)).toMatchObject({ sessionPresent: true });
  await old.transport.publish({ topic: "/again", payload: "task", qos: 1 });
  await until("the task", () => got.length === 1);
  await link.close();
});
