import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { binary } from "../e2e/binary.ts";
import { type Mosquitto, mosquitto } from "../peers/mosquitto.ts";
import { echo, startOpenAiServer } from "../peers/openai-server.ts";
import { until } from "../peers/until.ts";
import { agentFiles, runAgent } from "./agent-process.ts";
import { openConsumer } from "./consumer.ts";
import { randomNumbers } from "./random.ts";

const TASKS = 2_000;
const KILLS = 200;

let broker: Mosquitto;
let llm: Awaited<ReturnType<typeof startOpenAiServer>>;
beforeAll(async () => {
  broker = await mosquitto();
  llm = await startOpenAiServer({ script: echo, latencyMs: 5, forget: true });
});
afterAll(async () => {
  await llm.close();
  await broker.stop();
});

test(`${KILLS} kills with -9 under load: each of ${TASKS} tasks is answered, and never in two ways (FR-010)`, async () => {
  const path = await binary();
  const toml = "[runtime]\nconcurrency = 8\nmax_attempts = 1000\nmax_waiting = 64\n";
  const files = await agentFiles({ brokerUrl: broker.url, llmUrl: `${llm.url}/v1`, toml });
  const ids = Array.from({ length: TASKS }, () => randomUUID());
  const consumer = await openConsumer(broker.port, "victim", "kills");
  const random = randomNumbers(20261121);

  // The session of the agent must exist before the first task, or the broker has nobody to keep it for.
  const first = runAgent(path, files);
  await first.ready();

  let kills = 0;
  const killing = (async () => {
    let agent = first;
    while (kills < KILLS) {
      // From before it has connected to well after it is ready.
      await Bun.sleep(random() * 120);
      await agent.kill();
      kills += 1;
      agent = runAgent(path, files);
    }
    return agent;
  })();
  for (const [i, id] of ids.entries()) {
    // Tasks come as long as it is being killed.
    await until("the kills to keep step", () => kills >= (i / TASKS) * KILLS - 4, 60_000);
    await consumer.send(id);
  }
  const last = await killing;
  await until("every answer", () => ids.every((id) => consumer.answers.has(id)), 60_000);
  expect(consumer.answers.size).toBe(TASKS);
  const ambiguous = ids.filter((id) => consumer.answers.get(id)!.payloads.size !== 1);
  expect(ambiguous).toEqual([]);
  const right = ids.filter((id) => [...consumer.answers.get(id)!.payloads][0]!.includes(`task ${id}`));
  expect(right.length).toBe(TASKS);
  await last.ready(); // before it has started, a signal ends it as any program
  expect(await last.kill("SIGTERM")).toBe(0);
  expect(kills).toBe(KILLS);
  await consumer.close();
  files.remove();
}, 180_000);
