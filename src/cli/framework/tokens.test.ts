import { expect, test } from "bun:test";
import { parseArgs } from "node:util";
import fc from "fast-check";
import type { OptionSpecs } from "./option-spec.ts";
import { tokensOf } from "./tokens.ts";

const SPECS = {
  file: { type: "string", short: "f", description: "" },
  count: { type: "number", short: "c", description: "" },
  loud: { type: "boolean", short: "l", description: "" },
  plain: { type: "boolean", description: "" },
} as const satisfies OptionSpecs;

/** The same as Node reads them. */
function nodeTokens(argv: string[]) {
  const options = Object.fromEntries(
    Object.entries(SPECS).map(([name, spec]) => [
      name,
      {
        type: spec.type === "boolean" ? ("boolean" as const) : ("string" as const),
        ...("short" in spec && { short: spec.short }),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true });
  return tokens.flatMap((token): object[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [{ kind: "word", value: token.value, index: token.index }];
    const { name, rawName, value, inlineValue = false } = token;
    return [{ kind: "option", name, rawName, value, inlineValue }];
  });
}

/** Node ends the options at the last dash of `-l-`, and finds no name in `--=x`; here both are unknown options. */
const isOdd = (arg: string): boolean => /^-[^-].*-|^--=/.test(arg);

test("arguments are read as Node's util.parseArgs reads them (fuzz)", () => {
  const part = fc.constantFrom(
    "-",
    "--",
    "=",
    "f",
    "c",
    "l",
    "x",
    "file",
    "loud",
    "plain",
    "count",
    "1",
    " ",
    "é",
  );
  const arg = fc
    .array(part, { maxLength: 4 })
    .map((parts) => parts.join(""))
    .filter((text) => !isOdd(text));
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 6 }), (argv) => {
      expect(tokensOf(argv, SPECS) as unknown[]).toEqual(nodeTokens(argv));
    }),
    { numRuns: 3_000 },
  );
});

test("names of objects' own methods are unknown options, and take nothing", () => {
  expect(tokensOf(["--constructor", "x"], SPECS)).toEqual([
    { kind: "option", name: "constructor", rawName: "--constructor", value: undefined, inlineValue: false },
    { kind: "word", value: "x", index: 1 },
  ]);
});
