import { expect, test } from "bun:test";
import fc from "fast-check";
import { gibibytes, mebibytes, parseQuantity, quantityValue, wholeQuantity } from "./quantity.ts";

test.each([
  ["16Gi", 17_179_869_184],
  ["1.5Ki", 1536],
  ["1Ti", 2 ** 40],
  ["700m", 0.7],
  ["0.5", 0.5],
  [".5", 0.5],
  ["5.", 5],
  ["+4", 4],
  ["-4k", -4000],
  ["1e3", 1000],
  ["1E3", 1000],
  ["12E", 12e18],
  ["25e-1", 2.5],
  ["2n", 2e-9],
  [4, 4],
  [1e21, 1e21],
] as const)("%s is %p", (quantity, value) => {
  expect(parseQuantity(quantity)).toBe(value);
});

test.each([
  "",
  "Gi",
  "4 GPUs",
  "0x4",
  "1e",
  "1e1.5",
  "1K",
  "1ki",
  "1mi",
  "1.2.3",
  " 1",
  "1 ",
  "١",
  "1e999",
  "Infinity",
])("%j is no quantity", (text) => {
  expect(parseQuantity(text)).toBeUndefined();
  expect(() => quantityValue(text)).toThrow(`not a quantity: ${text}`);
});

test("what is not there is no quantity, and no device", () => {
  expect(parseQuantity(undefined)).toBeUndefined();
  expect([wholeQuantity(undefined), wholeQuantity("7500m"), wholeQuantity("x")]).toEqual([0, 7, 0]);
});

test("memory is counted in binary units", () => {
  expect([mebibytes("1Gi"), mebibytes("1048576"), gibibytes("512Mi")]).toEqual([1024, 1, 0.5]);
});

const number = fc
  .record({ sign: fc.constantFrom("", "+", "-"), whole: fc.nat(1e6), rest: fc.option(fc.nat(999)) })
  .map(({ sign, whole, rest }) => `${sign}${whole}${rest === null ? "" : `.${rest}`}`);
const FACTORS = { n: 1e9, u: 1e6, m: 1e3 } as const;

test("every form of the grammar is read (property)", () => {
  const near = (text: string, value: number): void => {
    expect(Math.abs(parseQuantity(text)! - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-15);
  };
  const power = fc.integer({ min: -12, max: 12 });
  fc.assert(
    fc.property(number, power, (text, exponent) => {
      const plain = Number(text);
      for (const [at, letter] of [..."KMGTPE"].entries()) near(`${text}${letter}i`, plain * 1024 ** (at + 1));
      for (const [at, letter] of [..."kMGTPE"].entries()) near(`${text}${letter}`, plain * 1000 ** (at + 1));
      for (const [letter, part] of Object.entries(FACTORS)) near(`${text}${letter}`, plain / part);
      for (const e of "eE")
        expect(parseQuantity(`${text}${e}${exponent}`)).toBe(Number(`${text}e${exponent}`));
      expect(parseQuantity(text)).toBe(plain);
    }),
  );
});

test("nothing else is, and nothing throws (property)", () => {
  const part = fc.constantFrom(..."0123456789.+-eEinumkKMGTP xµ");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 8 }).map((all) => all.join("")),
      ),
      (text) => {
        const value = parseQuantity(text);
        // The quick check of the API server, which comes before its parser.
        if (value !== undefined) expect(text).toMatch(/^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
        if (/^\d+$/.test(text)) expect(value).toBe(Number(text));
      },
    ),
    { numRuns: 1_000 },
  );
});
