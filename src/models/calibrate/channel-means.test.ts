import { expect, test } from "bun:test";
import fc from "fast-check";
import { addMeans, meansOf, mergedMeans } from "./channel-means.ts";

const floats = (length: number) =>
  fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: length, maxLength: length });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the mean of each channel over all samples, to 2⁻²⁴", () => {
  fc.assert(
    fc.property(fc.array(floats(14), { minLength: 1, maxLength: 5 }), fc.boolean(), (samples, relu) => {
      const planes = { channels: 2, plane: 7, relu };
      const seen = samples.reduce(
        (known: ReturnType<typeof mergedMeans>, values) => addMeans(known, Float32Array.from(values), planes),
        undefined,
      );
      for (const [channel, found] of meansOf(seen!).entries()) {
        const all = samples.flatMap((values) => values.slice(channel * 7, channel * 7 + 7));
        const wanted = mean(relu ? all.map((value) => Math.max(0, value)) : all);
        expect(Math.abs(found - wanted)).toBeLessThan(2 ** -24);
      }
    }),
  );
});

test("neither the order of the samples nor the way they are shared out changes a bit of it", () => {
  fc.assert(
    fc.property(fc.array(floats(6), { minLength: 2, maxLength: 8 }), fc.nat(), (samples, at) => {
      const over = (lists: readonly number[][]) =>
        lists.reduce(
          (known: ReturnType<typeof mergedMeans>, values) =>
            addMeans(known, Float32Array.from(values), { channels: 3, plane: 2 }),
          undefined,
        );
      const whole = over(samples);
      const cut = at % samples.length;
      expect(mergedMeans(over(samples.slice(cut)), over(samples.slice(0, cut)))).toEqual(whole);
    }),
  );
});

test("several samples in one batch, and channels without a plane", () => {
  const batch = addMeans(undefined, Float32Array.of(1, 2, 3, 4), { channels: 2, plane: 1 });
  expect([...meansOf(batch)]).toEqual([2, 3]);
});
