import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IClientOptions } from "mqtt";
import { type TestCa, testCa } from "../peers/certificates.ts";
import { type Mosquitto, mosquitto } from "../peers/mosquitto.ts";
import { until } from "../peers/until.ts";
import { type Consumer, openConsumer } from "./consumer.ts";
import { type StagedAgent, stage } from "./stage.ts";

/** How the program gets in at a broker that asks who it is, or shows who it is itself. */

const on = stage();
const SECRET = "correct horse battery staple";

let dir: string;
let ca: TestCa;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "access-"));
  ca = await testCa(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

async function consumerAt(broker: Mosquitto, agent: StagedAgent, options: IClientOptions): Promise<Consumer> {
  const consumer = await openConsumer(broker.port, agent.id, "access", options);
  on.after(consumer.close);
  return consumer;
}

/** The same reason is to be read in the log, at /health, and nowhere else is there more than that. */
async function tellsWhy(agent: StagedAgent, reason: RegExp): Promise<void> {
  await agent.logged(reason);
  const check = await until("the reason at /health", async () => {
    const { mqtt } = (await agent.health()).checks;
    return mqtt.message === "connecting" ? undefined : mqtt;
  });
  expect(check).toMatchObject({ status: "unhealthy", message: expect.stringMatching(reason) });
  expect(await agent.readiness()).toBe(503);
}

describe("user name and password from the environment (NFR-005)", () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    const passwords = join(dir, "passwords");
    execFileSync("mosquitto_passwd", ["-b", "-c", passwords, "agent", SECRET], { stdio: "ignore" });
    broker = await mosquitto({ config: ["allow_anonymous false", `password_file ${passwords}`] });
  });
  afterAll(() => broker.stop());
  const toml = '[mqtt]\nusername_env = "BROKER_USER"\npassword_env = "BROKER_PASSWORD"\n';

  test("let it in, and are not to be read anywhere", async () => {
    const agent = await on.readyAgent({
      brokerUrl: broker.url,
      toml,
      env: { BROKER_USER: "agent", BROKER_PASSWORD: SECRET, LOG_LEVEL: "debug" },
    });
    const consumer = await consumerAt(broker, agent, { username: "agent", password: SECRET });
    expect(await consumer.ask("hello")).toMatchObject({ response: "hello" });
    expect(await consumer.ask(`say ${SECRET}`)).toMatchObject({ response: "say [redacted]" });
    expect(agent.log()).not.toContain(SECRET);
  });

  test("when they are wrong the log and /health say so, and it goes on trying", async () => {
    const agent = await on.agent({
      brokerUrl: broker.url,
      toml,
      env: { BROKER_USER: "agent", BROKER_PASSWORD: "not the password", LOG_LEVEL: "debug" },
    });
    await tellsWhy(agent, /refused the connection: (user name or password is wrong|.*not authorised)/);
    await until("a second try", () => agent.log().match(/refused the connection/g)!.length > 1);
    expect(agent.log()).not.toContain("not the password");
    expect(await agent.kill("SIGTERM")).toBe(0);
  });
});

describe("TLS (NFR-004)", () => {
  const brokers: Mosquitto[] = [];
  afterAll(() => Promise.all(brokers.map((broker) => broker.stop())));

  /** A broker with a certificate for these names. */
  async function tlsBroker(authority: TestCa, names: string[], ...more: string[]): Promise<Mosquitto> {
    const { cert, key } = await authority.issue(...names);
    const files = { cert: join(dir, `${brokers.length}.pem`), key: join(dir, `${brokers.length}.key`) };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    const config = ["allow_anonymous true", `certfile ${files.cert}`, `keyfile ${files.key}`, ...more];
    const broker = await mosquitto({ scheme: "mqtts", config });
    brokers.push(broker);
    return broker;
  }
  const trusting = (file: string) => `[mqtt]\nca_file = "${file}"\n`;

  test("a broker whose certificate is of the authority in ca_file is spoken to", async () => {
    const broker = await tlsBroker(ca, ["IP:127.0.0.1"]);
    const agent = await on.readyAgent({ brokerUrl: broker.url, toml: trusting(ca.caFile) });
    const consumer = await consumerAt(broker, agent, { protocol: "mqtts", ca: ca.ca });
    expect(await consumer.ask("hello")).toMatchObject({ response: "hello" });
  });

  test("a host name is compared with the certificate's names, and sent to the broker", async () => {
    const broker = await tlsBroker(ca, ["DNS:localhost"]);
    const agent = await on.readyAgent({
      brokerUrl: `mqtts://localhost:${broker.port}`,
      toml: trusting(ca.caFile),
    });
    expect((await agent.health()).checks.mqtt.status).toBe("healthy");
  });

  test("a certificate for another host is refused", async () => {
    const broker = await tlsBroker(ca, ["DNS:elsewhere.example"]);
    const agent = await on.agent({ brokerUrl: broker.url, toml: trusting(ca.caFile) });
    await tellsWhy(agent, /cannot reach the broker at mqtts:\S+: its certificate is for another host name/);
  });

  test("a certificate of an unknown authority is refused, with the remedy", async () => {
    const broker = await tlsBroker(ca, ["IP:127.0.0.1"]);
    const agent = await on.agent({ brokerUrl: broker.url });
    await tellsWhy(agent, /its certificate authority is not trusted \(give it with \[mqtt\] ca_file\)/);
  });

  test("a certificate of another authority than the trusted one is refused", async () => {
    const other = mkdtempSync(join(dir, "other-"));
    const stranger = await testCa(other);
    const broker = await tlsBroker(stranger, ["IP:127.0.0.1"]);
    const agent = await on.agent({ brokerUrl: broker.url, toml: trusting(ca.caFile) });
    await tellsWhy(agent, /its certificate authority is not trusted/);
  });

  test("a broker that wants a certificate gets the one of cert_file and key_file", async () => {
    const more = [`cafile ${ca.caFile}`, "require_certificate true"];
    const broker = await tlsBroker(ca, ["IP:127.0.0.1"], ...more);
    const { cert, key } = await ca.issue("DNS:agent");
    writeFileSync(join(dir, "agent.pem"), cert);
    writeFileSync(join(dir, "agent.key"), key);
    const own = `cert_file = "${dir}/agent.pem"\nkey_file = "${dir}/agent.key"\n`;
    const agent = await on.readyAgent({ brokerUrl: broker.url, toml: trusting(ca.caFile) + own });
    const consumer = await consumerAt(broker, agent, { protocol: "mqtts", ca: ca.ca, cert, key });
    expect(await consumer.ask("hello")).toMatchObject({ response: "hello" });
    const stranger = await on.agent({ brokerUrl: broker.url, toml: trusting(ca.caFile) });
    await stranger.logged(/no connection to the broker/);
    expect(await stranger.readiness()).toBe(503);
  });

  test("a plain broker behind mqtts:// and a TLS broker behind mqtt:// are told, not waited for in silence", async () => {
    const broker = await tlsBroker(ca, ["IP:127.0.0.1"]);
    const swapped = [`mqtts://127.0.0.1:${on.broker.port}`, `mqtt://127.0.0.1:${broker.port}`];
    for (const brokerUrl of swapped) {
      const agent = await on.agent({ brokerUrl, toml: trusting(ca.caFile) });
      await agent.logged(/no connection to the broker; trying again/);
      expect(await agent.readiness()).toBe(503);
    }
  });
});

describe.each(["3.1.1", "5"] as const)("MQTT %s (NFR-001, NFR-002)", (protocol) => {
  const toml = `[mqtt]\nprotocol = "${protocol}"\n`;

  test("tasks are answered, and those that came while the agent was away as well", async () => {
    const agent = await on.readyAgent({ toml });
    expect((await agent.health()).checks.mqtt).toMatchObject({ status: "healthy", protocol });
    const consumer = await on.consumer(agent, { protocolVersion: protocol === "5" ? 5 : 4 });
    expect(await consumer.ask("hello")).toMatchObject({ response: "hello" });
    expect(await agent.kill("SIGTERM")).toBe(0);
    const asked = consumer.ask("are you there?");
    await agent.again().ready();
    expect(await asked).toMatchObject({ response: "are you there?" });
  });
});
