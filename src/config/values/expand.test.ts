import { expect, test } from "bun:test";
import fc from "fast-check";
import { expand } from "./expand.ts";

const variables = { A: "a", B: "b", EMPTY: "", WEIRD: '${A}$${A}"\n[llm]', _x1: "x" };
const text = (source: string) => expand(source, variables).text;
const mistakes = (source: string) => expand(source, variables).mistakes;

test.each([
  ["no variables", "no variables"],
  ["${A}", "a"],
  ["<${A}${B}>", "<ab>"],
  ["${_x1}", "x"],
  ["${EMPTY}", ""],
  ["${A:-d}", "a"],
  ["${UNSET:-d}", "d"],
  ["${EMPTY:-d}", "d"],
  ["${UNSET:-}", ""],
  ["${UNSET:-a b/c:d?e}", "a b/c:d?e"],
  ["${UNSET:-${A}}", "a"],
  ["${UNSET:-<${UNSET:-${B}}>}", "<b>"],
  ["${A:-${UNSET}}", "a"],
  ["${UNSET:-mqtt://localhost:1883}", "mqtt://localhost:1883"],
])("%s becomes %s", (source, expected) => {
  expect(expand(source, variables)).toMatchObject({ text: expected, mistakes: [] });
});

test.each([
  ["$${A}", "${A}"],
  ["$$${A}", "$${A}"],
  ["$${A:-d}", "${A:-d}"],
  ["$${UNSET} ${A}", "${UNSET} a"],
  ["${UNSET:-$${A}}", "${A}"],
  ["$A $(A) $", "$A $(A) $"],
  ["${}", "${}"],
  ["${ A }", "${ A }"],
  ["${a.b} ${f(x)} ${a + b}", "${a.b} ${f(x)} ${a + b}"],
  ["${1}", "${1}"],
  ["}${A}}", "}a}"],
])("%s is text: %s", (source, expected) => {
  expect(expand(source, variables)).toMatchObject({ text: expected, mistakes: [] });
});

test("what a variable holds is not looked into again", () => {
  expect(text("${WEIRD}")).toBe(variables.WEIRD);
});

test.each([
  ["${UNSET}", { kind: "unset", name: "UNSET" }],
  ["x${UNSET:-${GONE}}", { kind: "unset", name: "GONE" }],
  ["${A", { kind: "unclosed", name: "A" }],
  ["${UNSET:-x", { kind: "unclosed", name: "UNSET" }],
  ["${UNSET:-${A}", { kind: "unclosed", name: "UNSET" }],
  ["${A:?say}", { kind: "operator", name: "A", operator: ":?" }],
  ["${A-d}", { kind: "operator", name: "A", operator: "-" }],
  ["${A:+d}", { kind: "operator", name: "A", operator: ":+" }],
  ["${A=d}", { kind: "operator", name: "A", operator: "=" }],
] as const)("%s is a mistake", (source, mistake) => {
  expect(mistakes(source)).toEqual([mistake]);
});

test("the variable that is the whole text is told", () => {
  expect(expand("${A}", variables).whole).toBe("A");
  expect(expand("${UNSET:-5}", variables).whole).toBe("UNSET");
  for (const source of ["x${A}", "${A}x", "${A}${B}", "$${A}", "a"]) {
    expect(expand(source, variables).whole).toBeUndefined();
  }
});

test("defaults nested eight deep are read, deeper ones are a mistake", () => {
  const nested = (depth: number) => `${"${N:-".repeat(depth)}x${"}".repeat(depth)}`;
  expect(text(nested(8))).toBe("x");
  expect(mistakes(nested(9))).toContainEqual({ kind: "nested", name: "N" });
});

test("any text ends, in time, and text without ${ stays as it is", () => {
  const piece = fc.constantFrom("$", "{", "}", "$${", "${A", "${A}", ":-", "x", "\n", "${B:-", "É");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const source = pieces.join("");
      const { text, mistakes } = expand(source, variables);
      if (!source.includes("${")) expect(text).toBe(source);
      expect(mistakes.length).toBeLessThanOrEqual(pieces.length);
    }),
    { numRuns: 2000 },
  );
  for (const hostile of [
    "${A:-".repeat(200_000),
    "$".repeat(500_000),
    "${A}".repeat(100_000),
    "${".repeat(300_000),
  ]) {
    const started = performance.now();
    expand(hostile, variables);
    expect(performance.now() - started).toBeLessThan(2000);
  }
});
