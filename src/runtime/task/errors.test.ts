import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../../../test/peers/until.ts";
import { inputTopic } from "../../protocol/topics.ts";
import { ModelError } from "../ports/model.ts";
import { type Bed, bed, envelope, modelOf, reply, scripted, TASK_ID, taskId } from "../testing.fixture.ts";

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

describe("errors (FR-011)", () => {
  test("tells the sender, and goes on with the next task", async () => {
    const { model } = scripted(reply("never"), reply("fine"));
    let first = true;
    await b.start({
      runtime: { concurrency: 1 },
      model: {
        ...model,
        async chat(request, options) {
          if (first) {
            first = false;
            throw new ModelError("overloaded", "the provider is overloaded");
          }
          return model.chat(request, options);
        },
      },
    });
    b.send(envelope("tester"));
    b.send(envelope("tester", { task_id: taskId(2) }));
    const [error, fine] = await b.answered(2);
    expect(error).toMatchObject({
      task_id: TASK_ID,
      error: { code: "llm_error", message: "the provider is overloaded" },
    });
    expect(fine).toMatchObject({ task_id: taskId(2), response: "never" });
  });

  test("health tells that the model fails, and that it answers again", async () => {
    let up = false;
    const { model } = modelOf(() => {
      if (!up) throw new ModelError("overloaded", "the provider is overloaded");
      return reply("back");
    });
    const agent = await b.start({ model });
    for (let i = 1; i <= 3; i++) b.send(envelope("tester", { task_id: taskId(i) }));
    await b.answered(3);
    expect(await agent.checks()).toMatchObject({
      llm: { status: "degraded", message: "the provider is overloaded" },
      task_processing: { status: "degraded", message: "the last 3 tasks failed" },
    });
    up = true;
    b.send(envelope("tester", { task_id: taskId(4) }));
    await b.answered(4);
    expect(await agent.checks()).toMatchObject({
      llm: { status: "healthy" },
      task_processing: { status: "healthy" },
    });
  });

  test("an error of our own shows nothing of the inside (RULE-002, NFR-005)", async () => {
    await b.start({
      model: modelOf(() => {
        throw new Error("at /srv/app/secret.ts:12 with hunter2-secret");
      }).model,
    });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ error: { code: "internal_error" } });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|\/srv|secret\.ts/);
  });

  test("answers what has a conversation_id with invalid_input, drops what has none", async () => {
    await b.start();
    const { conversation_id: _, ...homeless } = envelope("tester", { task_id: "not-a-uuid" });
    b.send(homeless);
    b.send(envelope("tester", { task_id: "not-a-uuid" }));
    b.send(envelope("tester", { instruction: 42 }));
    b.send(envelope("tester", { task_id: taskId(3), instruction: null, input: null }));
    await b.answered(3);
    expect(b.replies().map((r) => (r["error"] as { code: string }).code)).toEqual([
      "invalid_input",
      "invalid_input",
      "invalid_input",
    ]);
  });

  test("refuses a pipeline deeper than 16, takes one of 16 (FR-013)", async () => {
    await b.start();
    const pipeline = (depth: number): unknown =>
      depth === 0
        ? null
        : { topic: inputTopic("nobody"), instruction: `${depth}`, input: null, next: pipeline(depth - 1) };
    b.send(envelope("tester", { next: pipeline(16) }));
    b.send(envelope("tester", { task_id: taskId(2), next: pipeline(15) }));
    const [refusal] = await b.answered();
    expect(refusal).toMatchObject({ task_id: TASK_ID, error: { code: "pipeline_depth_exceeded" } });
    await until("the forward", () => b.on(inputTopic("nobody")).length === 1);
  });

  test("refuses messages over 256 KiB, cuts responses that would be (NFR-003)", async () => {
    await b.start({ model: modelOf(() => reply("ß".repeat(200_000))).model });
    b.send(envelope("tester", { input: { text: "x".repeat(256 * 1024) } }));
    b.send(envelope("tester", { task_id: taskId(2) }));
    const [refusal, long] = await b.answered(2);
    expect(refusal).toMatchObject({ task_id: TASK_ID, error: { code: "invalid_input" } });
    expect(long).toMatchObject({ task_id: taskId(2), truncated: true });
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThanOrEqual(256 * 1024);
  });

  test("gives a task up that ends the process each time", async () => {
    const hang = modelOf(() => new Promise(() => {})).model;
    const first = await b.start({ model: hang, runtime: { max_attempts: 1 } });
    b.send(envelope("tester"));
    await until("running", async () => (await first.gauges()).running === 1);
    // As after a crash: the claim stands in the journal, the process is gone.
    const { Database } = await import("bun:sqlite");
    await first.stop(0);
    const db = new Database(`${b.dir}/tester.db`);
    db.run("UPDATE task SET attempt = 1");
    db.close();
    await b.start({ runtime: { max_attempts: 1 } });
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      error: { code: "internal_error", message: expect.stringContaining("given up") },
    });
  });
});
