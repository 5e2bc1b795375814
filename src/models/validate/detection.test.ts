import { expect, test } from "bun:test";
import type { Feeds } from "../ort/types.ts";
import type { Box } from "./boxes.ts";
import { tallyDetections } from "./detection.ts";
import { findHead } from "./heads/index.ts";
import { floats } from "./runner.fixture.ts";

const PRIORS = 8;
/** Corners as shares of an image of 10×10. */
type Row = [x1: number, y1: number, x2: number, y2: number, score: number];

const outputsOf = (...rows: Row[]): Feeds => {
  const [boxes, scores] = [new Float32Array(PRIORS * 4), new Float32Array(PRIORS)];
  rows.forEach((row, i) => {
    boxes.set(row.slice(0, 4), i * 4);
    scores[i] = row[4];
  });
  return { boxes: floats([1, PRIORS, 4], boxes), scores: floats([1, PRIORS, 1], scores) };
};
const head = findHead({ image: floats([1, 3, 10, 10], new Float32Array(300)) }, outputsOf())!;

test("agreement by hand: one pair of two and two boxes", () => {
  const tally = tallyDetections(head);
  const found = tally.add(
    outputsOf([0, 0, 10, 10, 0.9], [20, 20, 30, 30, 0.8], [20, 20, 30, 30, 0.4]),
    outputsOf([0, 0, 10, 8, 0.9], [50, 50, 60, 60, 0.6], [20, 20, 30, 30, 0.2]),
    undefined,
  );
  expect(found).toEqual({ baseline: 2, deployed: 2, matched: 1 });
  const { againstBaseline, ...counts } = tally.result();
  expect(counts).toEqual({
    head: "SSD",
    confidence: 0.5,
    baseline: 2,
    deployed: 2,
    matched: 1,
    crossed: 1,
    crossedBy: expect.closeTo(0.6, 6),
    close: 0,
    agreement: 2 / 4,
    overlap: 0.8,
    againstTruth: undefined,
  });
  // Right, wrong, and right with a low score: precision 1 up to a recall of 1/2, then 2/3.
  expect(againstBaseline!.map50).toBeCloseTo((51 + (50 * 2) / 3) / 101, 12);
});

test("a box that only one model scores high enough is told from one that the other has not", () => {
  const tally = tallyDetections(head, 0.5);
  tally.add(
    outputsOf([0, 0, 10, 10, 0.52], [20, 20, 30, 30, 0.4], [40, 40, 50, 50, 0.9]),
    outputsOf([0, 0, 10, 10, 0.49], [20, 20, 30, 30, 0.6], [60, 60, 70, 70, 0.9]),
    undefined,
  );
  expect(tally.result()).toMatchObject({
    baseline: 2,
    deployed: 2,
    matched: 0,
    crossed: 2,
    crossedBy: expect.closeTo(0.2, 6),
    close: 1,
  });
});

test("boxes that overlap are one before they are compared", () => {
  const tally = tallyDetections(head);
  const twice = outputsOf([0, 0, 10, 10, 0.9], [0, 0, 10, 9, 0.8]);
  expect(tally.add(twice, outputsOf([0, 0, 10, 10, 0.9]), undefined)).toEqual({
    baseline: 1,
    deployed: 1,
    matched: 1,
  });
  expect(tally.result().agreement).toBe(1);
});

test("known boxes judge both", () => {
  const known: Box[] = [{ x1: 0, y1: 0, x2: 10, y2: 10, score: 1, class: 0 }];
  const tally = tallyDetections(head);
  tally.add(outputsOf([0, 0, 1, 1, 0.9]), outputsOf([5, 5, 6, 6, 0.9]), known);
  tally.add(outputsOf(), outputsOf(), undefined);
  expect(tally.result().againstTruth).toMatchObject({
    samples: 1,
    baseline: { map: expect.closeTo(1, 12) },
    deployed: { map: 0 },
    drop: expect.closeTo(1, 12),
  });
});

test("where neither finds a box they agree, and there is no precision", () => {
  const tally = tallyDetections(head);
  tally.add(outputsOf(), outputsOf(), undefined);
  expect(tally.result()).toMatchObject({ agreement: 1, overlap: undefined, againstBaseline: undefined });
});
