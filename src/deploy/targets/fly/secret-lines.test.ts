import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExpectedError } from "../../../base/errors.ts";
import { type FlyctlVersion, parseSecretLines } from "./secret-lines.fixture.ts";
import { secretLines } from "./secret-lines.ts";

const VERSIONS: readonly FlyctlVersion[] = ["2023", "2024", "2026"];
/** Values that no version before 2024 could take on one line. */
const since2024 = VERSIONS.slice(1);

const lines = (secrets: Record<string, string>) => secretLines("app", Object.keys(secrets), secrets);

test.each([
  ["a key", "sk-proj-abc_DEF-123=="],
  ["nothing", ""],
  ["spaces and quotes inside", `a b'c"d`],
  ["spaces at the end", "abc  "],
  ["a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n\nxyz=\n-----END CERTIFICATE-----\n"],
  ["JSON over lines", '{\n  "key": "va#lue"\n}'],
  ["what looks like a variable", "$HOME ${X} {{ y }} \\n"],
])("%s: every flyctl reads the value that was written", (_, value) => {
  for (const version of VERSIONS) {
    expect(parseSecretLines(lines({ A: value, B: "next" }), version)).toEqual({ A: value, B: "next" });
  }
});

test.each([
  ["a number sign", "pass#word"],
  ["a space before", " abc"],
  ["double quotes around", '"abc"'],
  ["single quotes around", "'abc'"],
])("%s: flyctl of the versions that we ask for reads it", (_, value) => {
  for (const version of since2024) {
    expect(parseSecretLines(lines({ A: value, B: "next" }), version)).toEqual({ A: value, B: "next" });
  }
});

test.each([
  ["a carriage return", "a\rb"],
  ["a quote, then a number sign", 'a"b#c'],
  ['a line that ends with """', 'a"""\nb'],
  ["a quote alone", '"'],
  ["a very long line", "x".repeat(70_000)],
])("%s cannot be written for all of them, and is refused without being told", (_, value) => {
  const told = (): unknown => {
    try {
      return lines({ TOKEN: value });
    } catch (error) {
      return error;
    }
  };
  expect(told()).toBeInstanceOf(ExpectedError);
  expect(String(told())).toContain("the value of TOKEN cannot be handed to fly secrets import");
  expect(String(told())).not.toContain(value);
});

test("whatever the value: it is refused, or read as it was", () => {
  const piece = fc.constantFrom('"', '"""', "'", "#", " ", "\n", "=", "\t", "a", "ß", "\\", "$");
  const value = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(value, fc.constantFrom(...since2024), (A, version) => {
      let written: string;
      try {
        written = lines({ A, B: "next" });
      } catch {
        return;
      }
      expect(parseSecretLines(written, version)).toEqual({ A, B: "next" });
    }),
    { numRuns: 3000 },
  );
});

test("secrets without a value are left out", () => {
  expect(secretLines("app", ["A", "B"], { B: "b", C: "c" })).toBe("B=b\n");
});
