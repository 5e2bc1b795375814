import { describe, expect, test } from "bun:test";
import { classesOf, tallyClasses } from "./classification.ts";
import { floats } from "./runner.fixture.ts";

describe("which outputs are scores of classes", () => {
  test.each([
    [[10], 10],
    [[1, 1000], 1000],
    [[1, 1000, 1, 1], 1000],
    [[1, 1], undefined],
    [[1], undefined],
    [[], undefined],
    [[1, 4420, 2], undefined],
    [[2, 10], undefined],
    [[1, 1, 10], undefined],
    [[1, 0], undefined],
  ])("%p → %p", (dims, classes) => {
    expect(classesOf(dims)).toBe(classes);
  });
});

const scores = (...best: number[]) => {
  const all = new Float32Array(10);
  for (const [i, index] of best.entries()) all[index] = 10 - i;
  return floats([1, 10], all);
};

test("agreement and accuracy by hand", () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const tally = tallyClasses("logits", 10, labels);
  // Both right; only the baseline right, the class still among five; neither right, in agreement; no label.
  expect(tally.add(scores(1), scores(1), "b")).toEqual({ baseline: 1, deployed: 1, label: 1 });
  tally.add(scores(2), scores(9, 8, 7, 6, 2), "c");
  tally.add(scores(4), scores(4), "j");
  tally.add(scores(5), scores(9, 8, 7, 6, 4), undefined);
  expect(tally.result()).toMatchObject({
    output: "logits",
    classes: 10,
    samples: 4,
    top1Agreement: 2 / 4,
    top5Agreement: 3 / 4,
    accuracy: {
      samples: 3,
      baseline: { top1: 2 / 3, top5: 2 / 3 },
      deployed: { top1: 1 / 3, top5: 2 / 3 },
      drop: { value: 1 / 3 },
    },
  });
});

test("without labels there is no accuracy; of two classes no five best", () => {
  const tally = tallyClasses("out", 2, undefined);
  tally.add(floats([1, 2], [1, 2]), floats([1, 2], [1, 2]), undefined);
  expect(tally.result()).toMatchObject({ top1Agreement: 1, top5Agreement: undefined, accuracy: undefined });
});

test("scores that are all NaN agree with nothing", () => {
  const nan = floats([1, 2], [Number.NaN, Number.NaN]);
  const tally = tallyClasses("out", 2, undefined);
  tally.add(nan, nan, undefined);
  expect(tally.result().top1Agreement).toBe(0);
});
