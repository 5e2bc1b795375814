import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { inputTopic } from "../../protocol/topics.ts";
import {
  type Bed,
  bed,
  calls,
  echoing,
  envelope,
  modelOf,
  reply,
  scripted,
  taskId,
  toolOf,
} from "../testing.fixture.ts";

/** What a tool that was told to stop gets; see tool-call.ts. */
const ABORT_GRACE_MS = 250;

let b: Bed;
beforeEach(() => {
  b = bed();
});
afterEach(() => b.stop());

describe("tools and budgets", () => {
  const ok = toolOf("look", async () => ({ content: "it is blue" }));

  test("runs the calls of a turn at the same time and gives the results in order (FR-009)", async () => {
    const meet = Promise.withResolvers<void>();
    let inside = 0;
    const pair = toolOf("pair", async (input) => {
      if (++inside === 2) meet.resolve();
      await meet.promise; // ends only when both are running
      return { content: `got ${(input as { n: number }).n}` };
    });
    const { model, requests } = scripted(calls(["pair", { n: 1 }], ["pair", { n: 2 }]), reply("both"));
    await b.start({ model, tools: [pair] });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ response: "both", usage: { tool_calls: 2, llm_calls: 2 } });
    expect(requests[1]!.messages.slice(-2)).toEqual([
      { role: "tool", toolCallId: "call_0", content: "got 1" },
      { role: "tool", toolCallId: "call_1", content: "got 2" },
    ]);
  });

  test.each([
    ["a tool that is not on the list", calls(["rm", {}]), "There is no tool"],
    ["arguments that are not JSON", calls(["look", "{oops"]), "not valid JSON"],
    ["arguments that do not fit", calls(["strict", { n: "x" }]), "do not fit the tool's schema: n: a number"],
    ["a tool that throws", calls(["broken", {}]), "The tool failed: it broke"],
  ])("tells the model about %s (FR-011, NFR-005)", async (_what, first, told) => {
    const { model, requests } = scripted(first, reply("I see"));
    await b.start({
      model,
      tools: [
        ok,
        toolOf(
          "strict",
          async () => ({ content: "ran" }),
          () => ({ ok: false, problems: ["n: a number"] }),
        ),
        toolOf("broken", () => Promise.reject(new Error("it broke"))),
      ],
    });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ response: "I see" });
    expect(requests[1]!.messages.at(-1)!.content).toContain(told);
  });

  test("a tool that hangs is given up after its time, and a moment for it to say something itself", async () => {
    const clock = manualClock();
    const hangs = { ...toolOf("hangs", () => new Promise(() => {})), timeoutMs: 50 };
    const { model, requests } = scripted(calls(["hangs", {}]), reply("I see"));
    await b.start({ model, tools: [hangs], world: { clock } });
    b.send(envelope("tester"));
    await clock.sleeping((ms) => ms === hangs.timeoutMs);
    await clock.advance(hangs.timeoutMs);
    await clock.sleeping((ms) => ms === ABORT_GRACE_MS);
    await clock.advance(ABORT_GRACE_MS);
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ response: "I see" });
    expect(requests[1]!.messages.at(-1)!.content).toContain("no result within 0.05 s");
  });

  test("a tool that is called when the task's time is up already does not keep the worker", async () => {
    const clock = manualClock();
    const gate = Promise.withResolvers<void>();
    const hang = toolOf("hang", () => new Promise(() => {}));
    const { model } = modelOf(async () => {
      await gate.promise; // beyond the time limit: the model does not heed the signal
      return calls(["hang", {}]);
    });
    await b.start({ model, tools: [hang], budget: { task_timeout_secs: 20 }, world: { clock } });
    b.send(envelope("tester"));
    await clock.sleeping((ms) => ms === 20_000);
    await clock.advance(20_000);
    gate.resolve();
    await clock.sleeping((ms) => ms === ABORT_GRACE_MS);
    await clock.advance(ABORT_GRACE_MS);
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ budget: { name: "task_timeout_secs" } });
  });

  test("max_tool_calls ends the task with what there is", async () => {
    const { model } = scripted(
      { ...calls(["look", {}], ["look", {}]), text: "so far: blue" },
      reply("never"),
    );
    await b.start({ model, tools: [ok], budget: { max_tool_calls: 1 } });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      response: "so far: blue",
      budget: { name: "max_tool_calls", limit: 1, used: 1 },
    });
  });

  test("max_iterations ends it too; without words of the model, what the tools found is the answer", async () => {
    const { model, requests } = modelOf(() => calls(["look", {}]));
    await b.start({ model, tools: [ok], budget: { max_iterations: 2 } });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      response: "it is blue",
      budget: { name: "max_iterations", limit: 2, used: 2 },
    });
    expect(requests.length).toBe(2);
  });

  test("max_cost_per_task ends it before the next call; a model without a price is never free", async () => {
    const { model } = modelOf(() => ({ ...calls(["look", {}]), cost: 0.4 }));
    await b.start({ model, tools: [ok], budget: { max_cost_per_task: 0.7 } });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      budget: { name: "max_cost_per_task", limit: 0.7, used: 0.8 },
      usage: { cost_usd: 0.8 },
    });
    await b.start({ id: "unpriced", model: modelOf(() => reply("hm", { cost: undefined })).model });
    b.send(envelope("unpriced", { task_id: taskId(2) }));
    const [, unpriced] = await b.answered(2);
    expect(unpriced).toMatchObject({ usage: { cost_usd: null } });
  });

  test("task_timeout_secs ends it with what was written so far", async () => {
    const clock = manualClock();
    await b.start({
      budget: { task_timeout_secs: 20 },
      world: { clock },
      model: {
        ...echoing().model,
        chat: (_request, { signal, onDelta }) => {
          onDelta?.("half an ans");
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        },
      },
    });
    b.send(envelope("tester"));
    await clock.sleeping((ms) => ms === 20_000);
    await clock.advance(20_000);
    const [answer] = await b.answered();
    expect(answer).toMatchObject({
      response: "half an ans",
      budget: { name: "task_timeout_secs", limit: 20 },
      usage: { duration_ms: 20_000, cost_usd: null },
    });
  });

  test("a budget stop is the end of a pipeline: it is not passed on as if it were done", async () => {
    const { model } = modelOf(() => calls(["look", {}]));
    await b.start({ model, tools: [ok], budget: { max_iterations: 1 } });
    b.send(envelope("tester", { next: { topic: inputTopic("nobody"), instruction: "go on" } }));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ topic: "/conversations/talk/tester", budget: { name: "max_iterations" } });
    expect(b.on(inputTopic("nobody"))).toEqual([]);
  });

  test("says tool_execution_failed when there is nothing but failed calls", async () => {
    const { model } = modelOf(() => calls(["broken", {}]));
    await b.start({
      model,
      tools: [toolOf("broken", () => Promise.resolve({ content: "", isError: true }))],
      budget: { max_iterations: 2 },
    });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(answer).toMatchObject({ error: { code: "tool_execution_failed" } });
  });

  test("secrets that a tool or the model brings up do not leave", async () => {
    const { model, requests } = scripted(calls(["leak", {}]), reply("the key is hunter2-secret"));
    await b.start({ model, tools: [toolOf("leak", async () => ({ content: "hunter2-secret" }))] });
    b.send(envelope("tester"));
    const [answer] = await b.answered();
    expect(JSON.stringify([answer, requests[1]])).not.toContain("hunter2-secret");
  });
});
