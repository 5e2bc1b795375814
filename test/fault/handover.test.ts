import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusTopic } from "../../src/protocol/topics.ts";
import { openLink, SESSION_TAKEN_OVER } from "../peers/link.ts";
import { retained } from "../peers/retained.ts";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { type StagedAgent, stage } from "./stage.ts";

/** A new instance in the place of the old one: another process, and a journal of its own, as a pod has it. */

const on = stage();
const status = async (id: string) => (await retained(on.broker.url, statusTopic(id)))["status"];

function freshFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "fresh-"));
  on.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The same agent once more; nothing of the first one's journal is there. */
const successorOf = (agent: StagedAgent, env: Record<string, string> = {}): Promise<StagedAgent> =>
  on.readyAgent({ id: agent.id, dataDir: freshFolder(), env });

test("the broker says that a new instance took over: the old one ends its tasks, and stays until it is stopped", async () => {
  const model = on.blockedModel();
  const link = await openLink(on.broker.port, { farewell: SESSION_TAKEN_OVER });
  on.after(link.close);
  const old = await on.readyAgent({
    brokerUrl: `mqtt://127.0.0.1:${link.port}`,
    toml: "[runtime]\nconcurrency = 2\n",
  });
  const consumer = await on.consumer(old);
  const early = taskIds(4); // two run, two wait
  for (const id of early) await consumer.send(id);
  await until("two to run", () => model.asked() === 2);

  await successorOf(old);
  await old.logged(/"msg":"another instance took over"/);
  expect(await old.readiness()).toBe(503);
  expect((await old.health()).checks.mqtt.message).toContain("two agents run with one id");
  const late = taskIds(4);
  for (const id of late) await consumer.send(id);
  model.release();
  await until("the answers", () => consumer.answers.size === 8);
  expect(tally(consumer, [...early, ...late])).toEqual(allAnswered(8));
  expect([...consumer.answers.values()].map(({ count }) => count)).toEqual(Array(8).fill(1));

  expect(await status(old.id)).toBe("available");
  expect(await old.kill("SIGTERM")).toBe(0);
  expect(await status(old.id)).toBe("available");
});

test('SIGTERM in the middle of tasks, and the journal is gone (hand_back = "broker"): each is answered once', async () => {
  const model = on.blockedModel();
  const env = { AGENT2389_HAND_BACK: "broker" };
  const old = await on.readyAgent({ env, toml: "[runtime]\nconcurrency = 2\ndrain_secs = 0.2\n" });
  const consumer = await on.consumer(old);
  const ids = taskIds(5); // two run, three wait
  for (const id of ids) await consumer.send(id);
  await until("two to run", () => model.asked() === 2);
  expect(await old.kill("SIGTERM")).toBe(0);
  expect(old.log()).toMatch(/"tasks":5.*"msg":"tasks were not done in time; they go back to the broker"/);
  expect(consumer.answers.size).toBe(0);
  model.release();
  await successorOf(old, env);
  await until("the answers", () => consumer.answers.size === 5);
  // The journal that was left behind, come back after all, has nothing to add.
  const ghost = old.again();
  await ghost.logged(/"msg":"ready"/);
  expect(ghost.log()).not.toContain("task started");
  expect(tally(consumer, ids)).toEqual(allAnswered(5));
});
