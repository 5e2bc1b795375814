import { describe, expect, test } from "bun:test";
import type { Fate } from "./kserve.fixture.ts";
import { kserveCluster } from "./kserve-cluster.fixture.ts";

const on = kserveCluster();
const { run, one, args } = on;

describe("remedies", () => {
  test("a pod that used more memory than its limit gets more, at most what a node has", async () => {
    const { result, starts, lines } = await run({ granite: ["oom", "oom", "ready"] }, { nodeGiB: 40 }, one());
    expect(result.code).toBe("QA_OK");
    expect(starts.map(({ memory }) => memory)).toEqual(["16Gi", "32Gi", "40Gi"]);
    expect(lines.filter((line) => line.includes("try once more"))).toHaveLength(2);
  });

  test("the context becomes what vLLM reckons would fit", async () => {
    const log =
      "INFO loading\nValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (8.01 GiB). Based on the available memory, the estimated maximum model length is 65,616. Try increasing `gpu_memory_utilization`";
    on.api.behaviour.logs = { "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous": log };
    const { result, starts, lines } = await run(
      { granite: ["crash", "ready"] },
      {},
      one(args("--max-model-len", "131072")),
    );
    expect(result.code).toBe("QA_OK");
    expect(starts.map(({ args }) => args)).toEqual([
      ["--max-model-len", "131072"],
      ["--max-model-len=65616"],
    ]);
    expect(lines.join("\n")).toContain("--max-model-len=65616 instead of 131072");
  });

  test("without a reckoning it is halved, from the model's own when no argument says one", async () => {
    on.api.behaviour.logs = {
      "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous":
        "torch.OutOfMemoryError: CUDA out of memory.",
    };
    const contextLimits = new Map([["granite-8b", 32768]]);
    const { starts } = await run({ granite: ["crash", "crash", "ready"] }, { contextLimits }, one());
    expect(starts.map(({ args }) => args)).toEqual([[], ["--max-model-len=16384"], ["--max-model-len=8192"]]);
  });

  test("they are bounded", async () => {
    const { result, starts } = await run({ granite: ["oom"] }, {}, one());
    expect(result).toMatchObject({
      code: "QA_ERROR:MODEL_NOT_READY",
      text: "granite-8b: kserve-container used more memory than its limit, after 2 remedies",
    });
    expect(starts).toHaveLength(3);
    expect(on.api.names()).toEqual([]);
  });

  test("a failure that none helps is told with the end of the log", async () => {
    on.api.behaviour.logs = {
      "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous":
        "INFO a\nKeyError: 'rope_scaling'\nINFO b\n",
    };
    const { result, starts, lines } = await run({ granite: ["crash"] }, {}, one());
    expect(result.code).toBe("QA_ERROR:MODEL_NOT_READY");
    expect(starts).toHaveLength(1);
    expect(lines).toContain("[QA]   KeyError: 'rope_scaling'");
  });
});

describe("what keeps a model from serving", () => {
  test.each<[string, Fate, string]>([
    ["its image cannot be pulled", "pull", "IMAGE_PULL_FAILED"],
    ["no node takes it", "unschedulable", "NOT_SCHEDULABLE"],
    ["it takes too long", "pending", "TIMEOUT"],
  ])("%s", async (_, fate, code) => {
    const { result } = await run({ granite: [fate] }, {}, one());
    expect(result.code as string).toBe(`QA_ERROR:${code}`);
    expect(on.api.names()).toEqual([]);
  });

  test("what the cluster says of it is told when time is up", async () => {
    on.api.put({ kind: "Namespace", metadata: { name: "model-validation" } });
    for (const [type, message] of [
      ["Normal", "pulling"],
      ["Warning", "exceeded quota: team"],
    ])
      on.api.put({
        kind: "Event",
        metadata: { name: message, namespace: "model-validation" },
        type,
        message,
      });
    const { result } = await run({ granite: ["pending"] }, { perModelSeconds: 60 }, one());
    expect(result.text).toBe(
      "granite-8b: not ready within 60 s: Deployment is not ready; exceeded quota: team",
    );
  });

  test("one model that fails does not keep the others from their run", async () => {
    const { result, lines } = await run({ "granite-2b": ["pull"] });
    expect(result).toMatchObject({
      code: "QA_ERROR:IMAGE_PULL_FAILED",
      text: expect.stringMatching(/^1 of 2 models failed/),
    });
    expect(lines).toContain("[QA] granite-3.1-8b-instruct: answers: It is Paris.");
    expect(on.api.names()).toEqual([]);
  });
});
