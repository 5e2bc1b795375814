import { expect, test } from "bun:test";
import fc from "fast-check";
import { pairedDrop } from "./paired-drop.ts";

test("by hand: 12 of 400 lost and 4 won is a drop of 2 points", () => {
  const { value, low, high } = pairedDrop({ samples: 400, lost: 12, won: 4 });
  expect(value).toBe(0.02);
  // l = 12.5/402, w = 4.5/402; 1.959964·√((l + w − (l − w)²)/402)
  const [l, w] = [12.5 / 402, 4.5 / 402];
  const reach = 1.959964 * Math.sqrt((l + w - (l - w) ** 2) / 402);
  expect(low).toBeCloseTo(l - w - reach, 12);
  expect(high).toBeCloseTo(l - w + reach, 12);
});

test("where no sample differs the interval is still open", () => {
  const { value, low, high } = pairedDrop({ samples: 50, lost: 0, won: 0 });
  expect(value).toBe(0);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0);
});

test("it lies around the drop, narrower with more samples", () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), (lost, won) => {
      const [few, many] = [100, 10_000].map((samples) => pairedDrop({ samples, lost, won })) as [
        ReturnType<typeof pairedDrop>,
        ReturnType<typeof pairedDrop>,
      ];
      for (const { value, low, high } of [few, many]) {
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
      expect(many.high - many.low).toBeLessThan(few.high - few.low);
    }),
  );
});
