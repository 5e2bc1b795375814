import { beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { runOf } from "../report/report.fixture.ts";
import type { Report } from "../report/types.ts";
import { contradictions } from "./contradictions.ts";

let report: Report;
beforeAll(async () => {
  const models = {
    small: { model: "llama-3.1-8b", args: ["--max-model-len=32768"] },
    "small-2": { model: "llama-3.1-8b", args: ["--max-model-len=8192"] },
    large: { model: "llama-3.1-70b", args: ["--tensor-parallel-size=2", "--max-model-len=16384"] },
    strange: { model: "unheard-of" },
  };
  ({ report } = await runOf({ models, gpus: "4x L40S" }));
  expect(report.verdict).toBe("NO-GO");
  expect(report.models.map(({ verdict }) => verdict)).toEqual(["GO", "GO", "NO-GO (memory)", "UNKNOWN"]);
});

test.each([
  "The verdict is NO-GO: large does not fit.",
  "NO-GO. small and small-2 are GO, large is NO-GO (memory), strange is UNKNOWN.",
  "NO-GO overall, although small is GO.",
  "**large**: **NO‑GO**, it needs more memory. It would be a GO with --tensor-parallel-size=4.",
  "large is not a GO. To turn its NO-GO into a GO, spread it over 4 GPUs.",
  "| model | GO/NO-GO |\n|---|---|\n| small | GO |\n| `small-2` | GO |\n| large | NO-GO |\n| strange | UNKNOWN |",
  "GO: small, small-2\nNO-GO: large\nUNKNOWN: strange",
  "## large\nVerdict: NO-GO\n\n## small\nVerdict: GO",
  "large is a GO if it gets 4 GPUs, while small is GO now.",
  "No model but small and small-2 is fine. UNKNOWN is no GO.",
  "You can go on with small.",
  "small keeps 15 GiB of weights, or 14.96 GiB, for 32,768 tokens (32k tokens).",
  "",
])("nothing is said of: %s", (text) => {
  expect(contradictions(text, report)).toEqual([]);
});

test.each([
  ["large is a GO.", "it says GO of large; the result is NO-GO (memory)"],
  ["GO. Everything fits.", "it says GO of all together; the result is NO-GO"],
  ["Overall verdict: GO", "it says GO of all together; the result is NO-GO"],
  ["The verdict is NO-GO. All models are GO.", "it says GO of all together; the result is NO-GO"],
  ["small and large are GO.", "it says GO of large; the result is NO-GO (memory)"],
  ["NO-GO. GO for small, NO-GO for small-2", "it says NO-GO of small-2; the result is GO"],
  ["### large\n- Verdict: **GO**", "it says GO of large; the result is NO-GO (memory)"],
  ["large fits well. It is a GO.", "it says GO of large; the result is NO-GO (memory)"],
  ["| LARGE | GO |", "it says GO of large; the result is NO-GO (memory)"],
  ["strange: GO", "it says GO of strange; the result is UNKNOWN"],
  ["strange is NO-GO", "it says NO-GO of strange; the result is UNKNOWN"],
  ["small is not GO", "it says not GO of small; the result is GO"],
  ["large needs 99.5 GiB.", "99.5 GiB is a number of its own: the result does not hold it"],
  ["small can do 77k tokens.", "77k tokens is a number of its own: the result does not hold it"],
])("%s", (text, expected) => {
  expect(contradictions(text, report)).toEqual([expected]);
});

test("what nothing in a result is, is told where no one is named", async () => {
  const { report: go } = await runOf({ models: { tiny: { model: "llama-3.1-8b" } }, gpus: "8x H200" });
  expect(contradictions("GO. But one thing is a NO-GO.", go)).toEqual([
    "it says NO-GO, and nothing in the result is",
  ]);
});

test("whatever names and text are, it ends and tells (fuzz)", () => {
  const word = fc.constantFrom("GO", "NO-GO", "UNKNOWN", "small", "(", ".*", "\n", "# ", ", ", " is ", "it ");
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), fc.string(), (words, name) => {
      const models = [{ ...report.models[2]!, name }, ...report.models];
      const text = `${name} is a GO. ${words.join(" ")}`;
      const start = performance.now();
      expect(Array.isArray(contradictions(text, { ...report, models }))).toBe(true);
      expect(performance.now() - start).toBeLessThan(1_000);
    }),
    { numRuns: 200 },
  );
});

test("a long text costs little", () => {
  const start = performance.now();
  contradictions("not to get the large one would could if a GO ".repeat(450), report);
  contradictions("a ".repeat(10_000), report);
  contradictions("1 ".repeat(10_000), report);
  expect(performance.now() - start).toBeLessThan(2_000);
});
