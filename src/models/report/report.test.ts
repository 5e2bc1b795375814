import { expect, test } from "bun:test";
import { join } from "node:path";
import { XMLValidator } from "fast-xml-parser";
import { manifestOf, manifestSchema } from "../pipeline/manifest.ts";
import { htmlReport } from "./html/index.ts";
import { markdownReport } from "./markdown.ts";
import { readResult } from "./read-result.ts";
import { HOSTILE, resultOfTest } from "./result.fixture.ts";
import { resultSchema } from "./result-schema.ts";
import { modelSchemas } from "./schemas.ts";

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

test("the Markdown tells the same", () => {
  const text = markdownReport(resultOfTest());
  expect(text).toStartWith("# model.onnx → cpu, int8\n\n**PASSED**: top-1 accuracy 90.00 % → 89.50 %");
  expect(text).toContain("| Size | 2.00 KB | 1.00 KB | 2.00× smaller |");
  expect(text).toContain("| second | Conv | INT8 | 41.5 dB | 400 |  |");
});

test("without a validation the reports say that nothing was compared", () => {
  const { validation: _, ...rest } = resultOfTest();
  expect(markdownReport(rest)).toContain("**NOT VALIDATED**.");
  expect(htmlReport(rest)).toContain("Nothing was compared with the float model");
});

test("a failed validation is told as one", () => {
  const result = resultOfTest();
  result.validation!.verdict.passed = false;
  expect(markdownReport(result)).toContain("**FAILED**");
  expect(htmlReport(result)).toMatch(/class="card verdict failed"><strong>FAILED/);
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
