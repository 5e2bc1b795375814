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
  },
});

const detection = (more: Partial<Detection>): Detection => ({
  head: "YOLOv8",
  confidence: 0.25,
  baseline: 10,
  deployed: 10,
  matched: 9,
  agreement: 0.9,
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
    };
    expect(judge(measured({ detection: detection({ againstTruth }) }), 0.01)).toMatchObject({
      passed: false,
      criterion: "map",
      text: "mAP50-95 50.00 % → 47.00 % (3.00 points lost, 1.00 allowed) over 40 labelled samples",
    });
  });

  test("boxes without labels: the mAP against the baseline's", () => {
    expect(judge(measured({ detection: detection({}) }), 0.02)).toMatchObject({
      passed: true,
      criterion: "boxes",
      value: expect.closeTo(0.015, 9),
      text: "boxes differ from the float model's by 1.50 % (1 − mAP50; 2.00 % allowed)",
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
