import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { echo } from "../peers/openai-server.ts";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { type StagedAgent, stage } from "./stage.ts";

/** More tasks than the agent works at a time, and tasks that take their time. */

const on = stage();

test("one slow task does not hold up the others", async () => {
  const gate = Promise.withResolvers<void>();
  on.llm.script(async (request) => {
    const step = echo(request);
    if (request.body.messages.at(-1)?.content === "slow") await gate.promise;
    return step;
  });
  const agent = await on.readyAgent({ toml: "[runtime]\nconcurrency = 2\n" });
  const consumer = await on.consumer(agent);
  const slow = consumer.ask("slow");
  await until("the slow one to run", () => on.llm.requests.length === 1);
  const ids = taskIds(50);
  for (const id of ids) await consumer.send(id);
  await until("the others", () => consumer.answers.size === 50);
  expect(tally(consumer, ids)).toEqual(allAnswered(50));
  gate.resolve();
  expect(await slow).toMatchObject({ response: "slow" });
});

test("no more tasks are worked at a time than the config says, and as many", async () => {
  let running = 0;
  let most = 0;
  on.llm.script(async (request) => {
    most = Math.max(most, ++running);
    await Bun.sleep(5);
    running -= 1;
    return echo(request);
  });
  const agent = await on.readyAgent({ toml: "[runtime]\nconcurrency = 3\n" });
  const consumer = await on.consumer(agent);
  const ids = taskIds(60);
  await Promise.all(ids.map((id) => consumer.send(id)));
  await until("every answer", () => consumer.answers.size === 60);
  expect(most).toBe(3);
});

/** Tasks in the journal of an agent that does not run. */
function journalled({ id, files }: StagedAgent): number {
  using db = new Database(join(files.env["AGENT2389_DATA_DIR"]!, id, "journal.db"));
  return db.query<{ tasks: number }, []>("SELECT count(*) AS tasks FROM task").get()!.tasks;
}

test.each(["3.1.1", "5"])(
  "MQTT %s: what is too much stays with the broker, through a kill -9, and is answered later",
  async (protocol) => {
    const gate = Promise.withResolvers<void>();
    on.llm.script(async (request) => {
      await gate.promise;
      return echo(request);
    });
    const toml = `[mqtt]\nprotocol = "${protocol}"\n[runtime]\nconcurrency = 2\nmax_waiting = 5\n`;
    const agent = await on.readyAgent({ toml });
    const consumer = await on.consumer(agent);
    const ids = taskIds(500);
    await Promise.all(ids.map((id) => consumer.send(id)));
    await until("the agent to be full", async () => {
      const { journal } = (await agent.health()).checks;
      return on.llm.requests.length === 2 && journal["waiting"] === 3;
    });
    // Full is not ill: it takes tasks as soon as it has room.
    expect(await agent.readiness()).toBe(200);
    await agent.kill();
    expect(journalled(agent)).toBe(5);
    gate.resolve();
    agent.again();
    await until("every answer", () => consumer.answers.size === ids.length);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  },
);

test("a backlog that piled up while the agent was away is worked off in order of arrival", async () => {
  const agent = await on.readyAgent({ toml: "[runtime]\nconcurrency = 1\n" });
  const consumer = await on.consumer(agent);
  expect(await agent.kill("SIGTERM")).toBe(0);
  const ids = taskIds(100);
  for (const id of ids) await consumer.send(id);
  agent.again();
  await until("every answer", () => consumer.answers.size === ids.length);
  expect([...consumer.answers.keys()]).toEqual(ids);
});
