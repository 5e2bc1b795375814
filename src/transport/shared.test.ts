import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mosquitto, mosquitto } from "../../test/peers/mosquitto.ts";
import { until } from "../../test/peers/until.ts";
import { systemClock } from "../base/clock.ts";
import { silent } from "../log/logger.ts";
import type { Delivery } from "../runtime/ports/transport.ts";
import { mqttSection } from "./config.ts";
import { instanceName } from "./instance.ts";
import { mqttClients, text } from "./mqtt-clients.fixture.ts";
import { openAgentTransport } from "./open.ts";
import { scriptedBroker } from "./scripted-broker.fixture.ts";

/** Shared subscriptions (MQTT 5 §4.8.2). */

let broker: Mosquitto;
let dir: string;
beforeAll(async () => {
  broker = await mosquitto();
  dir = mkdtempSync(join(tmpdir(), "shared-"));
});
afterAll(async () => {
  await broker.stop();
  rmSync(dir, { recursive: true });
});
const connect = mqttClients(() => broker.url);

const GROUP = "$share/helper//control/agents/helper/input";
const INPUT = "/control/agents/helper/input";

test("each message goes to one of the group, and after unsubscribe to the others only", async () => {
  const got: Record<string, string[]> = { one: [], two: [] };
  const join = async (name: string) => {
    const { transport } = await connect({ clientId: name, clean: false });
    await transport.subscribe([GROUP], (delivery) => {
      got[name]!.push(text(delivery));
      delivery.ack();
    });
    return transport;
  };
  const [one, two] = [await join("one"), await join("two")];
  const send = (payload: string) => two.publish({ topic: INPUT, payload, qos: 1 });
  for (let i = 0; i < 10; i++) await send(`${i}`);
  await until("all", () => got["one"]!.length + got["two"]!.length === 10);
  expect(Math.min(got["one"]!.length, got["two"]!.length)).toBeGreaterThan(0);
  await one.unsubscribe([GROUP]);
  const before = got["one"]!.length;
  for (let i = 10; i < 14; i++) await send(`${i}`);
  await until("the rest", () => got["one"]!.length + got["two"]!.length === 14);
  expect(got["one"]!.length).toBe(before);
});

test("what the broker has already sent still comes after unsubscribe", async () => {
  const got: Delivery[] = [];
  const { transport } = await connect({ clientId: "late", clean: false, receiveMaximum: 2 });
  await transport.subscribe(["$share/g//late"], (delivery) => got.push(delivery));
  for (let i = 0; i < 4; i++) await transport.publish({ topic: "/late", payload: `${i}`, qos: 1 });
  await until("the window", () => got.length >= 2);
  await transport.unsubscribe(["$share/g//late"]);
  for (let i = 0; i < 4; i++) (await until(`message ${i}`, () => got[i])).ack();
  expect(got.map(text)).toEqual(["0", "1", "2", "3"]);
});

describe("a broker that cannot share is told of clearly", () => {
  const refused = (reason: string) => ({
    message: expect.stringContaining(reason),
    where: "mqtt.shared_subscription",
    hint: expect.stringContaining("set it to false and run one replica"),
  });

  test("where it says so in CONNACK (MQTT 5 §3.2.2.3.13)", async () => {
    await using poor = await scriptedBroker(() => {}, { sharedSubscriptionAvailable: false });
    const { transport } = await connect({ clientId: "poor", url: poor.url });
    await expect(transport.subscribe([GROUP], () => {})).rejects.toMatchObject(
      refused("the broker has no shared subscriptions"),
    );
  });

  test("where the connection speaks 3.1.1", async () => {
    const { transport } = await connect({ clientId: "ancient", protocol: "3.1.1" });
    await expect(transport.subscribe([GROUP], () => {})).rejects.toMatchObject(refused("MQTT 5 only"));
  });

  test("where the config asks for 3.1.1", async () => {
    const section = mqttSection.parse({ shared_subscription: true, protocol: "3.1.1" });
    const deps = { agentId: "a", env: {}, baseDir: dir, dataDir: dir, clock: systemClock, log: silent };
    await expect(openAgentTransport(section, deps)).rejects.toMatchObject({ where: "mqtt.protocol" });
  });
});

describe("the name of a replica", () => {
  test("is the host's, as pods and containers have one each", async () => {
    expect(await instanceName({ HOSTNAME: "helper-7d9f8-x2x4q" }, "/nowhere")).toBe("helper-7d9f8-x2x4q");
    expect(await instanceName({ HOSTNAME: "a host/1" }, "/nowhere")).toBe("a-host-1");
  });

  test("is else made up once, and kept in the data folder", async () => {
    const data = join(dir, "data", "helper");
    const name = await instanceName({}, data);
    expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(await instanceName({ HOSTNAME: "" }, data)).toBe(name);
    expect(readFileSync(join(data, "instance"), "utf8")).toBe(`${name}\n`);
    expect(await instanceName({}, join(dir, "data", "other"))).not.toBe(name);
  });

  test("that cannot be kept is an error with a remedy", async () => {
    await expect(instanceName({}, "/proc/none")).rejects.toMatchObject({
      message: expect.stringContaining("/proc/none/instance"),
      hint: expect.stringContaining("HOSTNAME"),
    });
  });
});
