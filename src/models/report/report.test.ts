import { expect, test } from "bun:test";
import { join } from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { manifestOf, manifestSchema } from "../pipeline/manifest.ts";
import { REPORTS } from "../pipeline/reports.ts";
import { htmlReport } from "./html/index.ts";
import { isReport, REPORT_HEAD } from "./is-report.ts";
import { escaped, markdownReport } from "./markdown.ts";
import { readResult } from "./read-result.ts";
import { HOSTILE, resultOfTest } from "./result.fixture.ts";
import { resultSchema } from "./result-schema.ts";
import { modelSchemas } from "./schemas.ts";
import { summaryRows, validationRows } from "./summary.ts";
import { withoutTimes } from "./without-times.ts";

const root = join(import.meta.dir, "../../..");

test("the page says the verdict before all else, and every figure of the comparison", () => {
  const page = htmlReport(resultOfTest());
  const order = ["PASSED", "Top-1 accuracy", "Float and deployed", "Worst samples", "How it was made"];
  const places = order.map((text) => page.indexOf(text));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  for (const text of [
    "90.00 %",
    "89.50 %",
    "0.50 points lost",
    "2.00× faster",
    "2.00× smaller",
    "41.5 dB",
    "exact",
  ])
    expect(page).toContain(text);
});

test("the page is whole: it fetches nothing, runs nothing, and says so to the browser", () => {
  const page = htmlReport(resultOfTest());
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(|https?:/);
  for (const [, source] of page.matchAll(/\ssrc="([^"]*)"/g)) expect(source).toStartWith("data:image/");
});

test("names from models and file systems stay text in the page", () => {
  const page = htmlReport(resultOfTest(HOSTILE));
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  const body = page
    .slice(page.indexOf("<body>"), page.indexOf("</html>"))
    .replace(/<(img|br|meta)([^>]*?)>/g, "<$1$2/>");
  expect(XMLValidator.validate(body.replace(/ loading="lazy"/g, ""))).toBe(true);
});

test("names from models and file systems end no cell and begin no tag in Markdown", () => {
  const lines = markdownReport(resultOfTest(HOSTILE)).split("\n");
  const text = lines.join("\n");
  expect(text).not.toMatch(/(?<!\\)<script/);
  expect(text).not.toMatch(/(?<!\\)\[x/);
  const columns = (line: string) => line.split(/(?<!\\)\|/).length;
  let header = 0;
  for (const line of lines) {
    if (!line.startsWith("|")) header = 0;
    else if (header === 0) header = columns(line);
    else expect(columns(line)).toBe(header);
  }
});

test.each([
  ["layer1.0.conv_2 (Conv): 50 % & more!", "layer1.0.conv_2 (Conv): 50 % & more!"],
  ["_a_ and __b", "\\_a\\_ and \\_\\_b"],
  ["&lt;b&#62; <i>", "\\&lt;b\\&#62; \\<i>"],
  ["a|b\\|c *d* [e](f) `g` ~~h~~", "a\\|b\\\\\\|c \\*d\\* \\[e\\](f) \\`g\\` \\~\\~h\\~\\~"],
])("only what Markdown would read is escaped: %s", (text, expected) => {
  expect(escaped(text)).toBe(expected);
});

test("a note begins no heading and no list", () => {
  const result = { ...resultOfTest(), warnings: ["# a", "1. b", "- c", "> d", "2.5 e"] };
  expect(markdownReport(result)).toContain("- \\# a\n- 1\\. b\n- \\- c\n- \\> d\n- 2.5 e\n");
});

test("the Markdown tells the same", () => {
  const text = markdownReport(resultOfTest());
  expect(text).toStartWith("# model.onnx → cpu, int8\n\n**PASSED**: top-1 accuracy 90.00 % → 89.50 %");
  expect(text).toContain("| Size | 2.00 KB | 1.00 KB | 2.00× smaller |");
  expect(text).toContain("| second | Conv | INT8 | 41.5 dB | 33.5 dB | 400 |  |");
});

test("without a validation the reports say that nothing was compared", () => {
  const { validation: _, ...rest } = resultOfTest();
  expect(markdownReport(rest)).toContain("**NOT VALIDATED**: nothing was compared with the float model");
  expect(htmlReport(rest)).toContain("--test-data was not given, so what was lost is not known.");
});

test("a failed validation is told as one", () => {
  const result = resultOfTest();
  result.validation!.verdict.passed = false;
  expect(markdownReport(result)).toContain("**FAILED**");
  expect(htmlReport(result)).toMatch(/class="card verdict failed"><strong>FAILED/);
});

test("a float model that is no better than a guess is told as proving nothing", () => {
  const result = resultOfTest();
  Object.assign(result.validation!.verdict, { passed: false, criterion: "baseline", value: null });
  expect(markdownReport(result)).toContain("**NOT PROVEN**: ");
  expect(htmlReport(result)).toMatch(/class="card verdict failed"><strong>NOT PROVEN/);
});

test("what was run in place of the device says so first, and its times are not told as the device's", () => {
  const result = resultOfTest();
  result.target = { ...result.target, name: "jetson", onDevice: false };
  const [text, page] = [markdownReport(result), htmlReport(result)];
  expect(text).toContain("**PASSED HERE, not yet on the device**: ");
  expect(page).toMatch(/class="card verdict "><strong>PASSED HERE, not yet on the device/);
  for (const report of [text, page]) {
    expect(report).not.toMatch(/Latency p50|faster|Median latency|Histogram of latencies|took turns/);
    expect(report).not.toContain("integer kernel");
    expect(report).toContain("built on the device; checked here with onnxruntime 1.30.0 on this machine");
    expect(report).toContain("Deployed, run here");
  }
  expect(manifestOf(result, "model").metrics).toMatchObject({ passed: true, on_device: false });
  result.validation!.verdict.passed = false;
  expect(markdownReport(result)).toContain("**FAILED HERE, not yet on the device**: ");
});

test("what was run in place of the device keeps its figures, without any time", () => {
  const validation = resultOfTest().validation!;
  const kept = withoutTimes(validation);
  expect(JSON.stringify(kept)).not.toMatch(/"(latency|speedUp|p50|times)"/);
  expect(kept).toMatchObject({
    verdict: validation.verdict,
    baseline: { bytes: 2000 },
    deployed: { bytes: 1000 },
  });
});

test("the page says how times were measured where it shows them, and only there", () => {
  const result = resultOfTest();
  expect(htmlReport(result)).toContain("4 runs of one sample each");
  delete result.validation!.deployed.latency;
  expect(htmlReport(result)).not.toContain("took turns");
});

test("a long verdict wraps on a telephone", () => {
  const [, narrow = ""] = /@media \(max-width: 560px\) \{ \.two(.*)\}/.exec(htmlReport(resultOfTest()))!;
  expect(narrow).toMatch(/\.verdict strong, th, th\.number \{ white-space: normal; \}/);
});

test("tails of few runs are not coloured, nor medians whose middle halves overlap", () => {
  const result = resultOfTest();
  const rows = summaryRows(result);
  const good = (what: string) => rows.find((row) => row.what.startsWith(what))?.good;
  expect([good("Latency p50"), good("Latency p90"), good("Latency p99 of 4 runs")]).toEqual([
    true,
    undefined,
    undefined,
  ]);
  expect(rows).toContainEqual(
    expect.objectContaining({ what: "Latency p99 of 4 runs", change: "too few runs to compare" }),
  );
  const { baseline, deployed } = result.validation!;
  deployed.latency!.times = baseline.latency!.times;
  expect(summaryRows(result).find(({ what }) => what === "Latency p50")!.good).toBeUndefined();
});

test("the chart of the layers says what it is of", () => {
  const result = resultOfTest();
  expect(htmlReport(result)).toContain("noise of what each layer gives");
  for (const layer of result.layers) delete layer.outputSqnr;
  const page = htmlReport(result);
  expect(page).toContain("noise of the weights of each layer");
  expect(page).toContain("weights alone; what the layers give was not measured");
});

test("every layer that was left in float is listed, with why", () => {
  const result = resultOfTest();
  const many = Array.from({ length: 45 }, (_, i) => ({
    name: `head.${i}`,
    operator: "Conv",
    precision: "float" as const,
    reason: `reason ${i}`,
  }));
  result.layers.push(...many);
  const page = htmlReport(result);
  const [, table = ""] = /<h3>Left in float<\/h3>(.*?)<\/table>/s.exec(page)!;
  for (const { name, reason } of many)
    expect(table).toContain(`<code>${name}</code></td><td class="">Conv</td><td class="">${reason}`);
});

test("a preprocessing that was guessed is told as a guess", () => {
  const result = { ...resultOfTest(), preprocessingGuessed: '"imagenet", because of its name' };
  expect(markdownReport(result)).toContain("| Preprocessing (guessed: ");
  expect(htmlReport(result)).toContain("Preprocessing (guessed: ");
});

test("a result is read back as it was written", () => {
  const result = resultOfTest(HOSTILE);
  expect(readResult(JSON.stringify(result), "result.json")).toEqual(result);
});

test.each([
  ["{", "this is not the result of a deployment: it is none"],
  ['{"format": "agent2389 model result 99"}', 'it says "agent2389 model result 99"'],
  ['{"format": "agent2389 model result 1"}', "this result is damaged"],
])("what is no result is refused: %s", (text, message) => {
  expect(() => readResult(text, "result.json")).toThrow(message);
});

test("an image that is more than a picture is refused", () => {
  const result = { ...resultOfTest(), worst: [{ file: "a", image: "data:text/html;base64,AAAA" }] };
  expect(resultSchema().safeParse(result).success).toBe(false);
});

test("the manifest holds what inference needs, and no times", () => {
  const manifest = manifestOf(resultOfTest(), "model");
  expect(manifestSchema().parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  expect(manifest).toMatchObject({
    name: "model",
    files: [{ path: "model.onnx" }],
    inputs: [{ dims: [1, 3, 8] }],
    float_layers: ["model.onnx"],
    metrics: { passed: true, samples: 2, accuracy: { baseline: 0.9, deployed: 0.895 } },
  });
  expect(JSON.stringify(manifest)).not.toMatch(/"(ms|p50|times|latency)"/);
});

test.each(Object.entries(modelSchemas()))("%s is as the program has it", async (path, text) => {
  expect(await Bun.file(join(root, path)).text()).toBe(text);
});

test("each form of a report is known again as one, and nothing else is", () => {
  const failed = resultOfTest();
  failed.validation!.verdict.passed = false;
  const open = { ...resultOfTest(), validation: undefined };
  const here = { ...resultOfTest(), target: { ...resultOfTest().target, onDevice: false } };
  for (const result of [resultOfTest(), resultOfTest(HOSTILE), failed, open, here])
    for (const { render } of Object.values(REPORTS))
      expect(isReport(render(result).slice(0, REPORT_HEAD))).toBe(true);
  for (const other of [
    "",
    "# Notes\n\nof mine",
    "<!doctype html>\n<p>a page</p>",
    '{"format": "other"}',
    "\0\b",
  ])
    expect(isReport(other)).toBe(false);
});

test("a throughput that hangs on one slow run is not compared", () => {
  const { validation } = resultOfTest();
  const throughput = () => validationRows(validation!).find(({ what }) => what.startsWith("Throughput"));
  expect(throughput()).toMatchObject({ change: "2.00× faster" });
  const { times } = validation!.baseline.latency!;
  validation!.baseline.latency!.times = [...times.slice(1), 1000];
  expect(throughput()).toMatchObject({ change: "too few runs to compare", good: undefined });
});
