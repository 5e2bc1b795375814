import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { type Running, startBinary } from "../e2e/binary.ts";
import { freePort } from "../peers/ports.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { until } from "../peers/until.ts";
import { allAnswered, openConsumer, tally, taskIds } from "./consumer.ts";
import { stage } from "./stage.ts";

/** The broker that is part of the program: what it acknowledged it keeps, however it ends. */

const on = stage();
/** It speaks MQTT 3.1.1. */
const V4 = { protocolVersion: 4 } as const;

/** Kills the program and starts it again, on the same port. */
async function revived(program: Running, start: () => Promise<Running>): Promise<Running> {
  program.kill("SIGKILL");
  await program.ended;
  return start();
}

test("agent2389 broker, killed with -9 again and again under load: each task is answered once", async () => {
  await using dir = tempDir();
  const port = await freePort();
  const startBroker = async () => {
    const program = await startBinary(["broker", "--port", `${port}`, "--dir", dir.path, "--json"]);
    on.after(() => program.kill("SIGKILL"));
    await program.shows(/"url"/);
    return program;
  };
  let broker = await startBroker();
  const agent = await on.readyAgent({ brokerUrl: `mqtt://127.0.0.1:${port}` });
  expect((await agent.health()).checks.mqtt["protocol"]).toBe("3.1.1");
  const consumer = await openConsumer(port, agent.id, "embedded", V4);
  on.after(consumer.close);
  const ids = taskIds(300);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  for (const answered of [10, 60, 120, 180]) {
    await until(`${answered} answers`, () => consumer.answers.size >= answered);
    broker = await revived(broker, startBroker);
  }
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
}, 60_000);

test("agent2389 up, killed with -9 under load: broker and agent come back together, nothing is lost", async () => {
  await using dir = tempDir();
  const port = await freePort();
  writeFileSync(
    `${dir.path}/one.toml`,
    `[agent]\nid = "one"\n[llm]\nprovider = "scripted"\nbase_url = "${on.llm.url}"\nmodel = "echo"\n`,
  );
  const startUp = async () => {
    const env = { AGENT2389_DATA_DIR: dir.path };
    const program = await startBinary(["up", "one.toml", "--port", `${port}`, "--json"], {
      cwd: dir.path,
      env,
    });
    on.after(() => program.kill("SIGKILL"));
    await program.shows(/"agents"/);
    return program;
  };
  let up = await startUp();
  const consumer = await openConsumer(port, "one", "up", V4);
  on.after(consumer.close);
  const ids = taskIds(200);
  const sending = Promise.all(ids.map((id) => consumer.send(id)));
  for (const answered of [10, 60, 120]) {
    await until(`${answered} answers`, () => consumer.answers.size >= answered);
    up = await revived(up, startUp);
  }
  await sending;
  await until("every answer", () => consumer.answers.size === ids.length);
  expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  up.kill("SIGTERM");
  expect((await up.ended).code).toBe(0);
}, 60_000);

test("with a password in its environment it lets in who has it, and nobody else", async () => {
  const login = { MQTT_USERNAME: "agent", MQTT_PASSWORD: "correct horse battery" };
  const broker = await startBinary(["broker", "--port", "0", "--memory", "--json"], { env: login });
  on.after(() => broker.kill("SIGKILL"));
  const { url } = JSON.parse((await broker.shows(/\{.*\}/))[0]);
  const toml = '[mqtt]\nusername_env = "MQTT_USERNAME"\npassword_env = "MQTT_PASSWORD"\n';
  const agent = await on.readyAgent({ brokerUrl: url, toml, env: login });
  const stranger = await on.agent({ brokerUrl: url });
  await stranger.logged(
    /refused the connection: (user name or password is wrong|this user is not authorised)/,
  );
  expect(await stranger.readiness()).toBe(503);
  expect(agent.log()).not.toContain(login.MQTT_PASSWORD);
});
