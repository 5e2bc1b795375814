import { expect, test } from "bun:test";
import { mosquitto } from "../../test/peers/mosquitto.ts";
import { LinkLost, PublicationTooLarge } from "../runtime/ports/transport.ts";
import { mqttClients } from "./mqtt-clients.fixture.ts";
import { scriptedBroker } from "./scripted-broker.fixture.ts";

/** Messages that are larger than what the broker takes. */

const connect = mqttClients(() => "mqtt://127.0.0.1:1"); // each test has a broker of its own
const LARGE = "x".repeat(5_000);

const message = (payload: string) => ({ topic: "/t", payload, qos: 1 }) as const;

test("MQTT 5: refused before it is sent where the broker says how much it takes; the connection goes on", async () => {
  const broker = await mosquitto({ config: ["allow_anonymous true", "max_packet_size 2000"] });
  const { transport, states } = await connect({ clientId: "five", url: broker.url, protocol: "5" });
  await transport.publish(message("fits"));
  const error = await transport.publish(message(LARGE)).catch((e) => e);
  expect(error).toBeInstanceOf(PublicationTooLarge);
  expect(error.message).toMatch(/^the broker takes at most 2000 bytes, the message has 50\d\d$/);
  await transport.publish(message("fits"));
  expect(states.map(({ state }) => state)).toEqual(["connecting", "connected"]);
  await transport.close();
  await broker.stop();
});

test("MQTT 3.1.1: told as the suspect when the broker closes the connection on it", async () => {
  const broker = await mosquitto({ config: ["allow_anonymous true", "max_packet_size 2000"] });
  const { transport } = await connect({ clientId: "four", url: broker.url, protocol: "3.1.1" });
  await transport.publish(message("fits"));
  const outcomes = await Promise.all(
    [LARGE, "innocent"].map((payload) => transport.publish(message(payload)).catch((e) => e)),
  );
  expect(outcomes.map((e) => [e instanceof LinkLost, e.suspect])).toEqual([
    [true, true],
    [true, false],
  ]);
  await transport.publish(message("fits"));
  await transport.close();
  await broker.stop();
});

test("a broker that dies makes no message suspect that is no larger than others it took", async () => {
  const broker = await mosquitto();
  const { transport } = await connect({ clientId: "innocent", url: broker.url });
  await transport.publish(message("large enough"));
  broker.freeze();
  const lost = transport.publish(message("small")).catch((e) => e);
  await broker.kill();
  expect(await lost).toMatchObject({ name: "LinkLost", suspect: false });
  await transport.close();
  await broker.stop();
});

test("MQTT 5: the largest is meant when the broker says in DISCONNECT that a packet is too large (0x95)", async () => {
  let sent = 0;
  await using broker = await scriptedBroker(({ cmd }, send, socket) => {
    if (cmd === "publish") sent += 1;
    if (sent !== 2) return;
    send({ cmd: "disconnect", reasonCode: 0x95 });
    socket.end();
  });
  const { transport } = await connect({ clientId: "told", url: broker.url });
  const outcomes = await Promise.all(
    ["innocent", LARGE].map((payload) => transport.publish(message(payload)).catch((e) => e)),
  );
  expect(outcomes.map((e) => e.constructor)).toEqual([LinkLost, PublicationTooLarge]);
  expect(outcomes[1].message).toMatch(/a message of 50\d\d bytes is too large for it$/);
});
