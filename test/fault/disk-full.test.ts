import { describe, expect, test } from "bun:test";
import { echo } from "../peers/openai-server.ts";
import { type SmallDisk, smallDisk, whyNoSmallDisk } from "../peers/small-disk.ts";
import { until } from "../peers/until.ts";
import { allAnswered, tally, taskIds } from "./consumer.ts";
import { type StagedAgent, stage } from "./stage.ts";

/** No room for the journal: no task is taken over that could be lost, and none is lost that was. */

const on = stage();
const reason = whyNoSmallDisk();
const describeWithDisk = describe.skipIf(reason !== undefined);
/** Large enough that a few tasks fill what room the journal has kept for itself. */
const LARGE = { input: { padding: "x".repeat(50_000) } };

function disk(): SmallDisk {
  const small = smallDisk(16);
  on.after(small.remove);
  return small;
}

const full = (agent: StagedAgent) =>
  until("the journal to be full", async () => {
    const { journal } = (await agent.health()).checks;
    return journal.status === "unhealthy" ? journal : undefined;
  });

describeWithDisk(`disk full${reason ? ` (skipped: ${reason})` : ""}`, () => {
  test("new tasks are refused, /health and /ready say so; with room again each is answered once", async () => {
    const small = disk();
    const agent = await on.readyAgent({ dataDir: small.path });
    const consumer = await on.consumer(agent);
    expect(await consumer.ask("before")).toMatchObject({ response: "before" });

    small.fill();
    const ids = taskIds(100);
    for (const id of ids) await consumer.send(id, LARGE);
    const journal = await full(agent);
    expect(journal.message).toMatch(/^the journal cannot be written \(SQLITE_(FULL|IOERR\w*)\)/);
    expect(await agent.readiness()).toBe(503);
    expect(agent.child.exitCode).toBeNull();
    expect(consumer.answers.size).toBeLessThan(ids.length);

    small.free();
    await until("every answer", () => consumer.answers.size === ids.length + 1);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
    await agent.ready();
    expect((await agent.health()).checks.journal.status).toBe("healthy");
    const complaints = agent.log().match(/tasks are refused until the journal can be written again/g);
    expect(complaints!.length).toBeLessThan(10);
  });

  test("the disk fills while tasks are worked: their results are kept until there is room", async () => {
    const gate = Promise.withResolvers<void>();
    on.llm.script(async (request) => {
      await gate.promise;
      return echo(request);
    });
    const small = disk();
    const agent = await on.readyAgent({ dataDir: small.path, toml: "[runtime]\nconcurrency = 16\n" });
    const consumer = await on.consumer(agent);
    const ids = taskIds(16);
    for (const id of ids) await consumer.send(id, LARGE);
    await until("all to run", () => on.llm.requests.length === ids.length);
    small.fill();
    // The journal may have some room left within its own files: this uses it up.
    const more = taskIds(100);
    for (const id of more) await consumer.send(id, LARGE);
    await full(agent);
    gate.resolve();
    await agent.logged(/a result cannot be written to the journal; trying again/);
    small.free();
    const all = [...ids, ...more];
    await until("every answer", () => consumer.answers.size === all.length);
    expect(tally(consumer, all)).toEqual(allAnswered(all.length));
    // No task was worked a second time for want of room for its result.
    expect(on.llm.requests.length).toBe(all.length);
  });

  test("killed while the disk is full: the next start says so too, and with room again nothing is missing", async () => {
    const small = disk();
    const agent = await on.readyAgent({ dataDir: small.path });
    const consumer = await on.consumer(agent);
    small.fill();
    const ids = taskIds(100);
    for (const id of ids) await consumer.send(id, LARGE);
    await full(agent);
    await agent.kill();
    const early = agent.again();
    await full(early);
    expect(await early.readiness()).toBe(503);
    await early.kill();
    small.free();
    agent.again();
    await until("every answer", () => consumer.answers.size === ids.length);
    expect(tally(consumer, ids)).toEqual(allAnswered(ids.length));
  });

  test("a disk that is full before the first start: status 1, with the place and the remedy", async () => {
    const small = disk();
    small.fill();
    const agent = await on.agent({ dataDir: small.path });
    expect(await agent.ended).toBe(1);
    expect(agent.log()).toContain("there is no room for the journal");
    expect(agent.log()).toContain("[storage] dir");
  });
});
