import { expect, test } from "bun:test";
import { junitCounts, summaryCounts } from "./counts.ts";

test("pytest's JUnit report", () => {
  const xml =
    '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="9" time="12.1"><testcase name="a tests=&quot;4&quot;"/></testsuite></testsuites>';
  expect(junitCounts(xml)).toEqual({ passed: 3, failed: 2, errors: 1, skipped: 3 });
  expect(junitCounts("<html/>")).toBeUndefined();
});

test.each([
  ["=== 2 passed in 301.22s (0:05:01) ===", { passed: 2, failed: 0, errors: 0, skipped: 0 }],
  [
    "=== 1 failed, 2 passed, 3 skipped, 4 warnings, 1 error in 4.05s ===",
    { passed: 2, failed: 1, errors: 1, skipped: 3 },
  ],
  [
    "\u001b[33m========= \u001b[32m2 skipped\u001b[0m in 0.50s =========\u001b[0m",
    { passed: 0, failed: 0, errors: 0, skipped: 2 },
  ],
  ["==== 3 deselected in 0.1s ====", { passed: 0, failed: 0, errors: 0, skipped: 3 }],
])("pytest's last line: %s", (line, counts) => {
  expect(summaryCounts(`=== test session starts ===\ncollected 3 items\n${line}\n`)).toEqual(counts);
});

test("output without a summary has no counts", () => {
  expect(summaryCounts("=== test session starts ===\n")).toBeUndefined();
});
