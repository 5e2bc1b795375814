import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { differencesOf, tallyDifferences } from "./differences.ts";

const of = (...numbers: number[]) => Float64Array.from(numbers);

test("by hand: b = 3, 4, 0, −5 and d = 3, 5, 1, −5", () => {
  const found = differencesOf(of(3, 4, 0, -5), of(3, 5, 1, -5));
  expect(found).toMatchObject({
    samples: 1,
    elements: 4,
    maxAbsolute: 1,
    meanAbsolute: 0.5,
    range: { min: -5, max: 4 },
    equal: 2,
    notFinite: { baseline: 0, deployed: 0 },
  });
  expect(found.relative).toBeCloseTo(2 / 12, 12);
  // Σbd = 9 + 20 + 0 + 25, Σb² = 50, Σd² = 60
  expect(found.cosine.mean).toBeCloseTo(54 / Math.sqrt(50 * 60), 12);
  expect(found.sqnr).toBeCloseTo(10 * Math.log10(50 / 2), 12);
  expect(found.normalised).toBeCloseTo(Math.sqrt(2 / 4) / 9, 12);
});

test("a difference of 1 % of the range everywhere is 0.01, and a PSNR of 40 dB", () => {
  const baseline = Float64Array.from({ length: 101 }, (_, i) => i / 100);
  const found = differencesOf(
    baseline,
    baseline.map((x, i) => x + (i % 2 === 0 ? 0.01 : -0.01)),
  );
  expect(found.normalised).toBeCloseTo(0.01, 12);
});

describe("what has no size", () => {
  test("zeros are equal to zeros, and far from all else", () => {
    expect(differencesOf(of(0, 0), of(0, 0))).toMatchObject({
      relative: 0,
      normalised: 0,
      sqnr: Number.POSITIVE_INFINITY,
      cosine: { mean: 1, least: 1 },
    });
    expect(differencesOf(of(0, 0), of(0, 3))).toMatchObject({
      relative: Number.POSITIVE_INFINITY,
      sqnr: Number.NEGATIVE_INFINITY,
      cosine: { mean: 0, least: 0 },
    });
  });

  test("a difference from a constant is measured by the constant", () => {
    expect(differencesOf(of(5, 5), of(5.5, 4.5)).normalised).toBeCloseTo(0.1, 12);
  });

  test("nothing differs from nothing", () => {
    expect(differencesOf(of(), of())).toMatchObject({
      elements: 0,
      normalised: 0,
      relative: 0,
      meanAbsolute: 0,
    });
  });
});

test("values that are not finite are counted, and spoil nothing else", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: low } = Number;
  const found = differencesOf(of(1, 2, nan, inf, low, 3, nan), of(1, nan, 3, inf, inf, low, nan));
  expect(found).toMatchObject({
    elements: 1,
    maxAbsolute: 0,
    notFinite: { baseline: 3, deployed: 2 },
    range: { min: 1, max: 1 },
    sqnr: inf,
  });
});

test("the least cosine is that of the worst sample", () => {
  const tally = tallyDifferences();
  tally.add(of(1, 0), of(1, 0));
  tally.add(of(1, 0), of(0, 1));
  expect(tally.result().cosine).toEqual({ mean: 0.5, least: 0 });
});

describe("laws", () => {
  const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const pairs = fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 50 });
  const split = (all: [number, number][]) =>
    [of(...all.map(([b]) => b)), of(...all.map(([, d]) => d))] as const;

  test("equal vectors do not differ", () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1 }), (all) => {
        const found = differencesOf(of(...all), of(...all));
        expect([found.maxAbsolute, found.relative, found.normalised, found.sqnr]).toEqual([
          0,
          0,
          0,
          Number.POSITIVE_INFINITY,
        ]);
        expect(found.cosine.mean).toBeCloseTo(1, 9);
      }),
    );
  });

  test("the mean is no more than the greatest, and the cosine between −1 and 1", () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const found = differencesOf(...split(all));
        expect(found.meanAbsolute).toBeLessThanOrEqual(found.maxAbsolute * (1 + 1e-12));
        expect(Math.abs(found.cosine.mean)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("which of the two is called the baseline matters to no distance", () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const [b, d] = split(all);
        const [there, back] = [differencesOf(b, d), differencesOf(d, b)];
        expect(back.maxAbsolute).toBe(there.maxAbsolute);
        expect(back.meanAbsolute).toBe(there.meanAbsolute);
        expect(back.cosine.mean).toBeCloseTo(there.cosine.mean, 9);
      }),
    );
  });

  test("scaling both by a power of two changes no relative figure", () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const [b, d] = split(all);
        const [one, other] = [
          differencesOf(b, d),
          differencesOf(
            b.map((x) => x * 4),
            d.map((x) => x * 4),
          ),
        ];
        for (const key of ["relative", "normalised", "sqnr"] as const) {
          if (Number.isFinite(one[key]) && b.some((x) => Math.abs(x) > 1e-100))
            expect(other[key]).toBeCloseTo(one[key], 9);
        }
      }),
    );
  });

  test("samples one by one give what all at once give", () => {
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1, maxLength: 6 }), (samples) => {
        const tally = tallyDifferences();
        for (const sample of samples) tally.add(...split(sample));
        const [whole, parts] = [differencesOf(...split(samples.flat())), tally.result()];
        expect(parts.elements).toBe(whole.elements);
        expect(parts.maxAbsolute).toBe(whole.maxAbsolute);
        expect(parts.range).toEqual(whole.range);
        expect(parts.meanAbsolute).toBeCloseTo(whole.meanAbsolute, 6);
        // Over a range of next to nothing it is a number of any size.
        expect(Math.abs(parts.normalised - whole.normalised)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, whole.normalised),
        );
      }),
    );
  });
});
