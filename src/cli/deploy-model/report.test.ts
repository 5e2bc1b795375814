import { beforeEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resultOfTest } from "../../models/report/result.fixture.ts";
import { inNewFolder } from "./in-new-folder.fixture.ts";

const temp = inNewFolder();
const { run } = temp;

const read = (name: string) => readFileSync(join(temp.path, name), "utf8");
const write = (name: string, text: string) => writeFileSync(join(temp.path, name), text);

beforeEach(() => write("result.json", JSON.stringify(resultOfTest(), null, 2)));

test("a report is written over an earlier one, in whatever form, and over an empty file", async () => {
  write("report", "");
  for (const format of ["html", "markdown", "json", "html"]) {
    const { code, stderr } = await run("report", "result.json", "--format", format, "--out", "report");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "✓ report\n" });
  }
  expect(read("report")).toStartWith("<!doctype html>");
});

test("the result that it is made from is not written over, whatever is given", async () => {
  const before = read("result.json");
  for (const more of [[], ["--force"]]) {
    const { code, stderr } = await run("report", ".", "--out", "result.json", ...more);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("made from") });
  }
  expect(read("result.json")).toBe(before);
});

test("a file that is no report is written over with --force alone", async () => {
  write("model.onnx", "weights");
  const { code, stderr } = await run("report", "result.json", "--out", "model.onnx");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining("no report of 'deploy-model'"),
  });
  expect(stderr).toContain("--force");
  expect(read("model.onnx")).toBe("weights");
  expect((await run("report", "result.json", "--out", "model.onnx", "--force")).code).toBe(0);
  expect(read("model.onnx")).toStartWith("# ");
});
