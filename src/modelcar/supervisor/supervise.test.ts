import { describe, expect, test } from "bun:test";
import { ExpectedError } from "../../base/errors.ts";
import { testWorld } from "../model/tiny-model.fixture.ts";
import { read, tinyRegistry } from "../model/tiny-registry.fixture.ts";
import { runOf } from "../report/report.fixture.ts";
import type { CheckReport } from "../report/types.ts";
import { UNKNOWN_RUNTIME } from "../runtime/image.ts";
import { readNeeds } from "./read-needs.ts";
import type { SupervisorEvent } from "./types.ts";

const MODELS = { small: { model: "llama-3.1-8b", args: ["--max-model-len=8192"] } };
const LARGE = { large: { model: "llama-3.1-70b" } };

describe("the steps", () => {
  test("are taken in order, each told as it goes", async () => {
    const told: string[] = [];
    const onEvent = (event: SupervisorEvent) => {
      if (event.type === "begin") told.push(event.step);
      if (event.type === "end") told.push(`${event.step.name}: ${event.step.status}`);
    };
    const { report } = await runOf({ models: MODELS, gpus: "1x L40S", more: { onEvent } });
    expect(told).toEqual([
      ...["Configuration", "Configuration: done"],
      ...["Accelerator Compatibility", "Accelerator Compatibility: done"],
      ...["Deployment Decision", "Deployment Decision: done"],
      ...["QA Validation", "QA Validation: skipped"],
    ]);
    expect(report.steps.map(({ name }) => name)).toEqual(told.filter((text) => !text.includes(":")) as never);
  });

  test("machines that cannot be read leave what was read of the models, and no GO", async () => {
    const inspect = () => Promise.reject(new ExpectedError("the cluster is gone", { hint: "Start it." }));
    const { report, inventory, needs } = await runOf({ models: MODELS, gpus: "1x L40S", more: { inspect } });
    expect(inventory).toBeUndefined();
    expect(needs[0]?.facts?.architecture).toBe("LlamaForCausalLM");
    expect(report).toMatchObject({
      verdict: "UNKNOWN",
      models: [{ verdict: "UNKNOWN", verdictLine: "UNKNOWN: the machines could not be read" }],
    });
    expect(report.steps[1]).toMatchObject({
      status: "failed",
      problem: "the cluster is gone",
      hint: "Start it.",
    });
    expect(report.accelerators).toBeUndefined();
  });

  test("a defect is no finding", async () => {
    const inspect = () => Promise.reject(new TypeError("x is not a function"));
    await expect(runOf({ models: MODELS, gpus: "1x L40S", more: { inspect } })).rejects.toThrow(
      "x is not a function",
    );
  });

  test("what could not be read of a model is marked, and the others are decided", async () => {
    const world = testWorld({ fetch: () => Promise.reject(new Error("no network")) });
    const car = { file: "car.yaml", models: [entry("oci://registry.example/llama-8b:1")], warnings: [] };
    const { report } = await runOf({ models: MODELS, gpus: "1x H200", more: { world, car } });
    expect(report.steps[0]?.status).toBe("partial");
    expect(report.models[0]).toMatchObject({ verdict: "UNKNOWN", facts: { estimatedFromName: true } });
    expect(report.steps[0]?.checks[2]?.detail).toBe("0 of 1; estimated from the name: a");
    expect(report.models[0]?.verdictLine).toContain("its size is guessed from its name");
  });

  test("a name that tells nothing is not said to have been guessed from", async () => {
    const world = testWorld({ fetch: () => Promise.reject(new Error("no network")) });
    const car = { file: "car.yaml", models: [entry("oci://registry.example/llama:1")], warnings: [] };
    const { report } = await runOf({ models: MODELS, gpus: "1x H200", more: { world, car } });
    expect(report.steps[0]?.checks[2]?.detail).toBe("0 of 1; not known: a");
    expect(report.models[0]?.verdictLine).toContain("and its name does not tell its size: ");
    expect(JSON.stringify(report)).not.toContain("guessed");
  });

  test("edits are proposed for what does not run, and not for what cannot be told", async () => {
    const { report } = await runOf({ models: LARGE, gpus: "8x L40S" });
    expect(report.models[0]?.optimized?.args).toContain("--tensor-parallel-size=8");
    const strange = await runOf({ models: { strange: { model: "unheard-of" } }, gpus: "8x L40S" });
    expect(strange.report.models[0]?.optimized).toBeUndefined();
  });
});

test("what keeps GPUs from use is told as that, with what to do; what was not read as that, and each once", async () => {
  const { inventory } = await runOf({ models: MODELS, gpus: "1x L40S" });
  const problem = (code: string, text: string, hint?: string, unread?: "pods") => ({
    ...{ code, text, hint },
    ...(unread && { unread }),
  });
  const problems = [
    problem("list-pods-denied", "not allowed to list pods", "Ask.", "pods"),
    problem("pod-broken", "of the pods, one is odd", undefined, "pods"),
    problem("node-cordoned", "node a is cordoned", "To use it again: kubectl uncordon a"),
  ];
  const told = async (checks: readonly CheckReport[]) => {
    const inspect = async () => ({ inventory: { ...inventory!, problems }, checks });
    const { report } = await runOf({ models: MODELS, gpus: "1x L40S", more: { inspect } });
    return report.steps[1]!.checks.filter(({ status }) => status === "failed").map(
      ({ text, detail }) => `${text}: ${detail}`,
    );
  };
  const untold = [
    "Read all of it: of the pods, one is odd",
    "Look for what keeps GPUs from use: node a is cordoned. To use it again: kubectl uncordon a",
  ];
  expect(await told([])).toEqual(["Read all of it: not allowed to list pods. Ask.", ...untold]);
  expect(await told([{ text: "Pods can be listed", status: "failed" }])).toEqual([
    "Pods can be listed: undefined",
    ...untold,
  ]);
});

describe("QA", () => {
  const outcome = { code: "QA_OK", text: "4 tests passed", file: "modelcar.yaml", models: ["small"] };
  const qa = async () => ({ what: "modelcar.yaml as it is", run: async () => outcome });

  test("runs on a cluster that was read, where a model is deployable", async () => {
    const { inventory } = await runOf({ models: MODELS, gpus: "1x L40S" });
    const inspect = async () => ({ inventory: { ...inventory!, source: "cluster" as const }, checks: [] });
    const { report } = await runOf({ models: MODELS, gpus: "1x L40S", more: { qa, inspect } });
    expect(report.qa).toEqual(outcome);
    expect(report.steps[3]?.checks[0]?.detail).toBe("modelcar.yaml as it is");
    expect(report.steps[3]?.status).toBe("done");
    const timeout = { ...outcome, code: "QA_ERROR:TIMEOUT", text: "30 min", hint: "Wait longer." };
    const failing = async () => ({ what: "modelcar.yaml as it is", run: async () => timeout });
    const bad = await runOf({ models: MODELS, gpus: "1x L40S", more: { qa: failing, inspect } });
    expect(bad.report.steps[3]?.status).toBe("partial");
    const none = await runOf({
      models: LARGE,
      gpus: "1x L40S",
      more: { qa: async () => undefined, inspect },
    });
    expect(none.report.qa).toBeUndefined();
    expect(none.report.steps[3]).toMatchObject({
      status: "skipped",
      checks: [{ detail: "no model is deployable" }],
    });
  });

  test("does not run without a cluster", async () => {
    const { report } = await runOf({ models: MODELS, gpus: "1x L40S", more: { qa } });
    expect(report.steps[3]).toMatchObject({
      status: "skipped",
      checks: [{ detail: expect.stringContaining("cluster") }],
    });
  });
});

const entry = (image: string, name = "a") => ({
  name,
  image,
  outputType: undefined,
  args: [],
  gpuCount: undefined,
  line: 1,
});

describe("reading", () => {
  test("a model that several entries have is read once, in the order of the entries", async () => {
    using registry = tinyRegistry();
    const image = `oci://${registry.host}/org/model:1`;
    const needs = await readNeeds([entry(image, "a"), entry(image, "b")], testWorld());
    const once = registry.requests.length;
    expect(needs.map((need) => need.entry.name)).toEqual(["a", "b"]);
    expect(needs[1]?.facts).toBe(needs[0]?.facts);
    await read(registry);
    expect(registry.requests.length).toBe(2 * once);
  });

  test("an interrupt ends it", async () => {
    const controller = new AbortController();
    controller.abort(new Error("interrupted"));
    const world = testWorld({ signal: controller.signal });
    const more = { world, runtime: UNKNOWN_RUNTIME };
    await expect(runOf({ models: MODELS, gpus: "1x L40S", more })).rejects.toThrow("interrupted");
  });
});
