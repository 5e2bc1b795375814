import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ExpectedError } from "../../base/errors.ts";
import { maskedArguments, secretValues } from "../secrets/arguments.ts";
import { htmlReport } from "./html.ts";
import { markdownReport } from "./markdown.ts";
import { runOf } from "./report.fixture.ts";
import { REPORT_SCHEMA_FILE, reportSchema, reportSchemaText } from "./schema.ts";
import { changeText, concurrencyText, devicesText, toldChanges } from "./text.ts";
import type { ModelReport } from "./types.ts";

const MODELS = {
  small: { model: "llama-3.1-8b", args: ["--max-model-len=32768", "--api-key=open-sesame"] },
  large: { model: "llama-3.1-70b", args: ["--tensor-parallel-size=2", "--max-model-len=16384"] },
  strange: { model: "unheard-of" },
};
const NAME = "<script>alert(1)</script>|`*";

const report = async () => (await runOf({ models: MODELS, gpus: "4x L40S" })).report;

describe("the value", () => {
  test("fits the published schema, as it is and as JSON", async () => {
    const { report } = await runOf({ models: MODELS, gpus: "4x L40S" });
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(reportSchemaText()));
    expect(validate(JSON.parse(JSON.stringify(report))) || validate.errors).toBe(true);
    expect(reportSchema().safeParse(report).error?.issues).toBeUndefined();
  });

  test("the published schema is up to date: bun scripts/generate.ts", () => {
    expect(readFileSync(join(import.meta.dir, "../../..", REPORT_SCHEMA_FILE), "utf8")).toBe(
      reportSchemaText(),
    );
  });

  test("the same run gives the same report", async () => {
    expect(JSON.stringify(await report())).toBe(JSON.stringify(await report()));
  });

  test("terms add up to the total", async () => {
    const memories = (await report()).models.flatMap(({ memory }) => memory ?? []);
    const sums = memories.map(({ terms }) => terms.reduce((all, { bytes }) => all + bytes, 0));
    expect(sums).toHaveLength(3);
    expect(sums).toEqual(memories.map(({ total }) => total));
  });

  test.each([
    [{ small: MODELS.small }, "1x L40S", "GO", "the model runs on 1x L40S"],
    [
      { small: MODELS.small, other: MODELS.small },
      "2x L40S",
      "GO",
      "all 2 models run at the same time on 2x L40S",
    ],
    [
      { small: MODELS.small, other: MODELS.small },
      "1x L40S",
      "NO-GO",
      "each model runs by itself, but not all 2 at the same time",
    ],
    [
      { small: MODELS.small, strange: MODELS.strange, other: MODELS.strange },
      "2x L40S",
      "NO-GO",
      "there are too few GPUs for all 3 at the same time, whatever comes of strange, other",
    ],
    [{ large: MODELS.large }, "4x L40S", "NO-GO", "the model does not run on 4x L40S"],
    [{ small: MODELS.small, large: MODELS.large }, "4x L40S", "NO-GO", "1 of 2 models does not run: large"],
    [
      { strange: MODELS.strange },
      "1x L40S",
      "UNKNOWN",
      "it cannot be told of strange, and what is not known is no GO",
    ],
  ] as const)("%# is summed up", async (models, gpus, verdict, summary) => {
    const { report } = await runOf({ models, gpus });
    expect(report.verdict).toBe(verdict);
    expect(report.summary).toStartWith(summary);
  });
});

test("devices that a node has and does not give out are told, in every form", async () => {
  const { inventory } = await runOf({ models: MODELS, gpus: "8x L40S" });
  const nodes = inventory!.nodes.map((node) => ({
    ...node,
    pools: node.pools.map((pool) => ({ ...pool, allocatable: 6 })),
  }));
  const inspect = async () => ({ inventory: { ...inventory!, nodes }, checks: [] });
  const { report: sick } = await runOf({ models: MODELS, gpus: "8x L40S", more: { inspect } });
  expect(sick.accelerators!.nodes[0]!.gpus[0]).toMatchObject({ capacity: 8, allocatable: 6 });
  expect(markdownReport(sick)).toContain("| 6 (2 of 8 unhealthy) | 6 |");
  expect(htmlReport(sick)).toContain("6× L40S · 2 of 8 unhealthy");
  const well = await report();
  for (const text of [markdownReport(well), htmlReport(well)]) expect(text).not.toContain("unhealthy");
});

test("large counts have their commas", () => {
  expect([0, 3.14, 12.9, 39_980.7].map(concurrencyText)).toEqual(["0", "3.1", "12", "39,980"]);
});

describe("what is told", () => {
  test("how changes hang together: edits all at once, others each by itself", async () => {
    const [small] = (await report()).models;
    const change = { kind: "hardware", what: "GPU", value: "x", why: "y" } as const;
    const no: ModelReport = { ...small!, verdict: "NO-GO (memory)" };
    const edited = (count: number): ModelReport => ({
      ...no,
      optimized: { args: [], changes: Array.from({ length: count }, () => change) },
    });
    expect(toldChanges(edited(2))).toMatchObject([{ title: "it starts with all of these", isEdit: true }]);
    expect(toldChanges(edited(1)).map(({ title }) => title)).toEqual(["it starts with"]);
    const nearest = { ...no, nearest: [change, change] };
    expect(toldChanges(nearest).map(({ title }) => title)).toEqual(["a GO with any one of these"]);
    expect(toldChanges(no)).toEqual([]);
    expect(changeText(change)).toBe("GPU: x (y)");
  });

  test("beside the edits, every other way to a GO, and none twice", async () => {
    const { report } = await runOf({ models: { small: { model: "llama-3.1-8b" } }, gpus: "2x A10G" });
    const [model] = report.models;
    const [edits, others] = toldChanges(model!);
    expect(edits).toMatchObject({ title: "it starts with", changes: [{ what: "--max-model-len" }] });
    expect(others).toMatchObject({ title: "or a GO with any one of these", isEdit: false });
    expect(others!.changes.map(({ what }) => what)).toEqual(["--tensor-parallel-size", "GPUs", "GPU"]);
    const words = ["--tensor-parallel-size=2", others!.changes[2]!.value!];
    for (const text of [htmlReport(report), markdownReport(report)])
      for (const word of words) expect(text).toContain(word);
    expect(toldChanges({ ...model!, verdict: "GO" })).toHaveLength(1);
  });

  test("of several kinds of devices the one that the model gets", async () => {
    const { report } = await runOf({ models: { small: MODELS.small }, gpus: "3x T4, A100-80GB" });
    expect(report.summary).toBe("the model runs on 1x A100-80GB of node-2 (nvidia.com/gpu)");
    expect(devicesText(report.models[0]!)).toBe("1x A100-80GB on node-2");
    expect(markdownReport(report)).toContain("| 1x A100-80GB on node-2 |");
  });

  test("that a GO is tight, in every form", async () => {
    const { report } = await runOf({ models: { small: MODELS.small }, gpus: "1x L40S" });
    const [model] = report.models;
    const tight = { ...report, models: [{ ...model!, memory: { ...model!.memory!, tight: true } }] };
    expect(model!.memory!.tight).toBe(false);
    expect(htmlReport(tight)).toContain(">GO (tight)<");
    expect(markdownReport(tight)).toContain("| GO (tight) |");
  });

  test("what the models need, where the machines could not be read", async () => {
    const inspect = () => Promise.reject(new ExpectedError("no cluster"));
    const { report } = await runOf({ models: { small: MODELS.small }, gpus: "1x L40S", more: { inspect } });
    const [model] = report.models;
    expect(model).toMatchObject({ verdict: "UNKNOWN", gpu: undefined });
    expect(model!.memory!.total).toBeGreaterThan(15 * 2 ** 30);
    expect(model!.memory!.assumptions.join()).toContain("one GPU of 80 GB");
    expect(model!.reasons[0]!.text).toBe("the machines could not be read");
  });
});

describe("secrets", () => {
  test("arguments that are named like secrets are masked, joined or apart", () => {
    const args = ["--api-key=abc", "--api-key", "def", "--max-model-len", "5", "--hf-token=t", "-q"];
    expect(maskedArguments(args)).toEqual([
      ...["--api-key=[redacted]", "--api-key", "[redacted-2]", "--max-model-len", "5"],
      ...["--hf-token=[redacted-3]", "-q"],
    ]);
    expect(secretValues(args)).toEqual(["abc", "def", "t"]);
  });

  test("no form of the report holds one", async () => {
    const value = await report();
    for (const text of [JSON.stringify(value), htmlReport(value), markdownReport(value)])
      expect(text).not.toContain("open-sesame");
  });
});

describe("the page", () => {
  test("shows a bar for each model whose memory is known, and each GPU", async () => {
    const page = htmlReport(await report());
    expect(page.match(/Memory of one GPU for/g)).toHaveLength(3);
    expect(page).toContain("GPUs of node-1");
    expect(page.match(/class="over"/g)).toHaveLength(1);
  });

  test("gives names of models and GPUs a width at which no word is broken", async () => {
    const name = "RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16";
    const { report } = await runOf({ models: { [name]: MODELS.small }, gpus: "1x L40S" });
    const page = htmlReport(report);
    expect(page).toContain(
      `<div class="name">${name}</div><div class="on soft small">1x L40S on node-1</div>`,
    );
    expect(page).toContain(".name, .on { width: max-content;");
    expect(page).toContain(".device { font-size: 13px; display: flex; flex-wrap: wrap;");
  });

  test("needs nothing from elsewhere, and can run nothing", async () => {
    const page = htmlReport(await report());
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|link|img|iframe)\b|https?:\/\/(?!www\.w3\.org)[^\s)]*["']\s*>/);
  });

  test("what others named is text", async () => {
    const { report } = await runOf({ models: { [NAME]: MODELS.small }, gpus: "1x L40S" });
    expect(htmlReport(report)).not.toContain("<script>");
    const table = markdownReport(report)
      .split("\n")
      .find((line) => line.includes("script"));
    expect(table).toContain("\\<script\\>alert(1)\\</script\\>\\|\\`\\*");
  });
});

test("Markdown has the line that peers look for right below its heading", async () => {
  expect(markdownReport(await report())).toContain("### Deployment Decision\nVerdict: NO-GO\n");
  const go = await runOf({ models: { small: MODELS.small }, gpus: "1x L40S" });
  expect(markdownReport(go.report)).toContain("### Deployment Decision\nVerdict: GO\n");
});
