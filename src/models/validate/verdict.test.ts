import { describe, expect, test } from "bun:test";
import type { Classification } from "./classification.ts";
import type { Detection } from "./detection.ts";
import { differencesOf } from "./differences.ts";
import type { OutputComparison } from "./outputs.ts";
import { judge, type Measured } from "./verdict.ts";

const output = (
  name: string,
  disagreement: number,
  more: Partial<OutputComparison> = {},
): OutputComparison => ({
  name,
  type: "float",
  differences: differencesOf(Float32Array.of(0, 1), Float32Array.of(0, 1)),
  disagreement,
  ofRange: true,
  ...more,
});

const classification = (from: number, to: number): Classification => ({
  output: "logits",
  classes: 10,
  samples: 200,
  top1Agreement: 0.9,
  top5Agreement: 1,
  accuracy: {
    samples: 200,
    baseline: { top1: from, top5: 1 },
    deployed: { top1: to, top5: 1 },
    drop: { value: from - to, low: -1, high: 1 },
    chance: 0.1,
  },
});

const detection = (more: Partial<Detection>): Detection => ({
  head: "YOLOv8",
  confidence: 0.25,
  baseline: 10,
  deployed: 10,
  matched: 9,
  agreement: 0.9,
  crossed: 1,
  crossedBy: 0.04,
  close: 1,
  overlap: 0.9,
  againstBaseline: { map50: 0.985, map: 0.8 },
  againstTruth: undefined,
  ...more,
});

const measured = (more: Partial<Measured>): Measured => ({
  outputs: [output("logits", 0.5)],
  classification: undefined,
  detection: undefined,
  ...more,
});

describe("what decides", () => {
  test("labels: the accuracy lost, whatever the outputs look like", () => {
    expect(judge(measured({ classification: classification(0.81, 0.805) }), 0.01)).toEqual({
      passed: true,
      criterion: "accuracy",
      value: expect.closeTo(0.005, 9),
      tolerance: 0.01,
      text: "top-1 accuracy 81.00 % → 80.50 % (0.50 points lost, 1.00 allowed) over 200 labelled samples",
    });
    expect(judge(measured({ classification: classification(0.81, 0.79) }), 0.01).passed).toBe(false);
  });

  test("an accuracy won passes", () => {
    const { passed, text } = judge(measured({ classification: classification(0.8, 0.82) }), 0);
    expect([passed, text]).toEqual([true, expect.stringContaining("2.00 points won")]);
  });

  test("exactly the tolerance passes", () => {
    expect(judge(measured({ classification: classification(0.5, 0.49) }), 0.01).passed).toBe(true);
  });

  test("known boxes: the mAP lost", () => {
    const againstTruth = {
      samples: 40,
      baseline: { map50: 0.7, map: 0.5 },
      deployed: { map50: 0.6, map: 0.47 },
      drop: 0.03,
      f1: { baseline: 0.8, deployed: 0.79 },
    };
    expect(judge(measured({ detection: detection({ againstTruth }) }), 0.01)).toMatchObject({
      passed: false,
      criterion: "map",
      text: "mAP50-95 50.00 % → 47.00 % (3.00 points lost, 1.00 allowed) over 40 labelled samples",
    });
  });

  test("known boxes: false alarms, which mAP hardly sees", () => {
    const againstTruth = {
      samples: 40,
      baseline: { map50: 0.7, map: 0.5 },
      deployed: { map50: 0.7, map: 0.5 },
      drop: 0,
      f1: { baseline: 0.8, deployed: 0.6 },
    };
    expect(judge(measured({ detection: detection({ againstTruth }) }), 0.01)).toMatchObject({
      passed: false,
      value: expect.closeTo(0.2, 9),
      text: "F1 of the boxes found 80.00 % → 60.00 % (20.00 points lost, 1.00 allowed) over 40 labelled samples",
    });
  });

  test("boxes that the float model has not fail, whatever the mAP says", () => {
    const more = { deployed: 20, matched: 10, crossed: 0, close: 0, againstBaseline: { map50: 1, map: 1 } };
    expect(judge(measured({ detection: detection(more) }), 0.01)).toMatchObject({
      passed: false,
      value: expect.closeTo(1 / 3, 9),
      text: "boxes differ from the float model's by 33.33 % (1 − F1: 0 of 10 not found, 10 found that the float model has not; 1.00 % allowed)",
    });
  });

  test("a box that only the threshold parts is found by both", () => {
    const parted = { deployed: 9, matched: 9, againstBaseline: { map50: 1, map: 1 } };
    const judged = (close: number) => judge(measured({ detection: detection({ ...parted, close }) }), 0.01);
    expect([judged(1).passed, judged(0).passed]).toEqual([true, false]);
  });

  test("boxes without labels: the mAP against the baseline's", () => {
    const matched = { matched: 10, crossed: 0, close: 0 };
    expect(judge(measured({ detection: detection(matched) }), 0.02)).toMatchObject({
      passed: true,
      criterion: "boxes",
      value: expect.closeTo(0.015, 9),
      text: "boxes differ from the float model's by 1.50 % (1 − mAP50; 2.00 % allowed)",
    });
  });

  test("an agreement of boxes that is asked for, before anything else of a detector", () => {
    expect(judge(measured({ detection: detection({}) }), 0.02, { agreement: 0.9 })).toEqual({
      passed: true,
      criterion: "agreement",
      value: expect.closeTo(0.1, 9),
      tolerance: expect.closeTo(0.1, 9),
      text: "the boxes with a score of 0.25 or more agree by 90.00 % (90.00 % asked; 1 found by both, by one with a score below it (up to 0.04 apart))",
    });
    expect(
      judge(measured({ detection: detection({ crossed: 0 }) }), 0.02, { agreement: 0.95 }),
    ).toMatchObject({
      passed: false,
      text: "the boxes with a score of 0.25 or more agree by 90.00 % (95.00 % asked)",
    });
  });

  test.each([
    ["an agreement", { agreement: 0.95 }],
    ["a confidence", { confidence: 0.4 }],
  ])("%s of boxes that is asked of no detector proves nothing, whatever else would pass", (what, asked) => {
    const noDetector = { why: "no input is a picture", boxed: 0 };
    expect(judge(measured({ noDetector }), 0.6).passed).toBe(true);
    expect(judge(measured({ noDetector }), 0.6, asked)).toMatchObject({
      passed: false,
      criterion: "baseline",
      text: `${what} of boxes was asked for, but the outputs are not read as those of a detector (no input is a picture)`,
    });
  });

  test("boxes where the baseline finds none fail; where neither does, the outputs decide", () => {
    const none = { baseline: 0, matched: 0, againstBaseline: undefined };
    expect(judge(measured({ detection: detection({ ...none, deployed: 3 }) }), 0.01)).toMatchObject({
      passed: false,
      criterion: "boxes",
    });
    expect(judge(measured({ detection: detection({ ...none, deployed: 0 }) }), 0.6).criterion).toBe("output");
    expect(
      judge(measured({ outputs: [], detection: detection({ ...none, deployed: 0 }) }), 0.01).passed,
    ).toBe(true);
  });

  test("else the worst output", () => {
    const outputs = [output("a", 0.001), output("b", 0.02), output("c", 0.003)];
    expect(judge(measured({ outputs }), 0.01)).toMatchObject({
      passed: false,
      criterion: "output",
      value: 0.02,
      text: 'output "b" differs by 2.00 % (of its range, root mean square; 1.00 % allowed)',
    });
    const ids = [output("ids", 0.25, { type: "int64", ofRange: false })];
    expect(judge(measured({ outputs: ids }), 0.01).text).toBe(
      'output "ids" differs by 25.00 % (of its elements; 1.00 % allowed)',
    );
  });
});

describe("a float model that does no better than a guess proves nothing", () => {
  const guessing = (top1: number, samples: number, chance: number) => {
    const { accuracy, ...rest } = classification(top1, top1);
    const given = { ...rest, accuracy: { ...accuracy!, samples, chance } };
    return judge(measured({ classification: given }), 0.01);
  };

  test("labels: by the binomial test", () => {
    expect(guessing(0.13, 200, 0.1)).toMatchObject({
      passed: false,
      criterion: "baseline",
      text: "the float model itself is no better than a guess: top-1 accuracy 13.00 % over 200 labelled samples, where guessing gives 10.00 %: check the preprocessing, and that the labels are the model's and in its order",
    });
    expect(guessing(0.15, 200, 0.1).criterion).toBe("accuracy");
    expect(guessing(0.6, 200, 0.58).criterion).toBe("baseline");
  });

  test("few samples: where it is not above chance at all", () => {
    expect(guessing(0.1, 10, 0.1).criterion).toBe("baseline");
    expect(guessing(0.2, 10, 0.1).criterion).toBe("accuracy");
  });

  test("known boxes: an mAP of nothing", () => {
    const nothing = { map50: 0.002, map: 0.001 };
    const f1 = { baseline: 0, deployed: 0 };
    const againstTruth = { samples: 40, baseline: nothing, deployed: nothing, drop: 0, f1 };
    expect(
      judge(measured({ detection: detection({ againstTruth }) }), 0.01, { agreement: 0.9 }),
    ).toMatchObject({
      passed: false,
      criterion: "baseline",
      text: expect.stringContaining("mAP50 0.20 % over 40 labelled samples"),
    });
  });
});

describe("values that are no numbers fail before all else", () => {
  const withNaN = (b: number, d: number) =>
    judge(
      measured({
        classification: classification(1, 1),
        outputs: [
          output("y", 0, { differences: differencesOf(Float32Array.of(b, 1), Float32Array.of(d, 1)) }),
        ],
      }),
      1,
    );

  test("of the deployed", () => {
    expect(withNaN(0, Number.NaN)).toMatchObject({
      passed: false,
      criterion: "finite",
      text: 'the deployed model gives a value that is no number (NaN or infinite) in output "y"',
    });
  });

  test("of the baseline, where both have them", () => {
    expect(withNaN(Number.NaN, Number.NaN).text).toStartWith("the float model itself gives a value");
  });

  test("the same infinity in both is none", () => {
    expect(withNaN(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY).passed).toBe(true);
  });
});
