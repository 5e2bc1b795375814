import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { averagePrecision, meanAveragePrecision } from "./average-precision.ts";
import { type Box, overlap, suppress } from "./boxes.ts";
import { match } from "./matching.ts";

const box = (x1: number, y1: number, x2: number, y2: number, score = 1, kind = 0): Box => ({
  x1,
  y1,
  x2,
  y2,
  score,
  class: kind,
});

const anyBox = fc
  .tuple(
    fc.nat(50),
    fc.nat(50),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 50 }),
    fc.nat(100),
    fc.nat(2),
  )
  .map(([x, y, w, h, score, kind]) => box(x, y, x + w, y + h, score / 100, kind));

describe("overlap", () => {
  test("by hand: two squares of 4 that share 2 overlap by a third", () => {
    expect(overlap(box(0, 0, 2, 2), box(1, 0, 3, 2))).toBeCloseTo(2 / 6, 12);
  });

  test("boxes that touch, or have no area, do not overlap", () => {
    expect(overlap(box(0, 0, 2, 2), box(2, 0, 4, 2))).toBe(0);
    expect(overlap(box(1, 1, 1, 1), box(0, 0, 2, 2))).toBe(0);
    expect(overlap(box(2, 2, 0, 0), box(0, 0, 2, 2))).toBe(0);
  });

  test("it is the same both ways, from 0 to 1, and 1 with itself", () => {
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        expect(overlap(a, b)).toBe(overlap(b, a));
        expect(overlap(a, b)).toBeLessThanOrEqual(1);
        expect(overlap(a, a)).toBe(1);
      }),
    );
  });
});

describe("suppression", () => {
  test("the better of two that overlap stays; another class is another matter", () => {
    const [best, near, other] = [box(0, 0, 10, 10, 0.9), box(1, 0, 11, 10, 0.8), box(1, 0, 11, 10, 0.7, 1)];
    expect(suppress([near, other, best], { overlap: 0.5, most: 10 })).toEqual([best, other]);
  });

  test("no more stay than are wanted", () => {
    const all = [box(0, 0, 1, 1, 0.1), box(5, 5, 6, 6, 0.3), box(9, 9, 10, 10, 0.2)];
    expect(suppress(all, { overlap: 0.5, most: 2 }).map(({ score }) => score)).toEqual([0.3, 0.2]);
  });

  test("no two that stay overlap by more, and each that goes overlaps a better one", () => {
    fc.assert(
      fc.property(fc.array(anyBox, { maxLength: 20 }), (boxes) => {
        const kept = suppress(boxes, { overlap: 0.5, most: 100 });
        const near = (a: Box, b: Box) => a !== b && a.class === b.class && overlap(a, b) > 0.5;
        for (const one of kept) expect(kept.some((two) => near(one, two))).toBe(false);
        for (const gone of boxes.filter((one) => !kept.includes(one)))
          expect(kept.some((two) => near(gone, two) && two.score >= gone.score)).toBe(true);
      }),
    );
  });
});

describe("matching", () => {
  test("the best score chooses first, the largest overlap; each known box once", () => {
    const known = [box(0, 0, 10, 10), box(20, 0, 30, 10)];
    const [sure, unsure] = [box(1, 0, 11, 10, 0.9), box(0, 0, 10, 10, 0.5)];
    expect(match([unsure, sure], known, 0.5)).toMatchObject([
      { found: sure, known: known[0] },
      { found: unsure, known: undefined, overlap: 0 },
    ]);
  });

  test("another class, or too little overlap, is no match", () => {
    const known = [box(0, 0, 10, 10)];
    expect(match([box(0, 0, 10, 10, 1, 1)], known, 0.5)[0]!.known).toBeUndefined();
    expect(match([box(5, 0, 15, 10)], known, 0.5)[0]!.known).toBeUndefined();
  });
});

describe("average precision", () => {
  test("by hand: right, wrong, right of three known boxes", () => {
    const known = [box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10)];
    const found = [box(0, 0, 10, 10, 0.9), box(60, 0, 70, 10, 0.8), box(20, 0, 30, 10, 0.7)];
    // Recall 1/3 at precision 1: recalls 0 … 0.33; then 2/3 at 2/3: 0.34 … 0.66; none beyond. Of 101.
    expect(averagePrecision([{ found, known }], 0.5)).toBeCloseTo((34 * 1 + 33 * (2 / 3)) / 101, 12);
  });

  test("boxes are ranked over all images", () => {
    const known = [box(0, 0, 10, 10)];
    const images = [
      { known, found: [box(50, 50, 60, 60, 0.9)] },
      { known, found: [box(0, 0, 10, 10, 0.8)] },
    ];
    // Recall 0 at precision 0, then 1/2 at 1/2.
    expect(averagePrecision(images, 0.5)).toBeCloseTo((51 * 0.5) / 101, 12);
  });

  test("the mean is over the classes that are known, and over ten overlaps", () => {
    const known = [box(0, 0, 100, 100, 1, 0), box(200, 0, 300, 100, 1, 1)];
    // Class 0 overlaps by 0.8: right up to 0.8, seven of ten overlaps. Class 1 is exact. Class 2 is known nowhere.
    const found = [box(0, 0, 100, 80, 0.9, 0), box(200, 0, 300, 100, 0.9, 1), box(0, 0, 9, 9, 0.9, 2)];
    const { map50, map } = meanAveragePrecision([{ found, known }])!;
    expect(map50).toBeCloseTo(1, 12);
    expect(map).toBeCloseTo((0.7 + 1) / 2, 12);
  });

  test("without known boxes there is none", () => {
    expect(meanAveragePrecision([{ found: [box(0, 0, 1, 1)], known: [] }])).toBeUndefined();
  });

  test("what is known is found perfectly by itself", () => {
    const images = fc.array(fc.array(anyBox, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(images, (all) => {
        const found = meanAveragePrecision(all.map((known) => ({ known, found: known })))!;
        expect(found.map50).toBeCloseTo(1, 12);
        expect(found.map).toBeCloseTo(1, 12);
      }),
    );
  });
});
