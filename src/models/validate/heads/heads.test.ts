import { describe, expect, test } from "bun:test";
import type { Feeds, Value } from "../../ort/types.ts";
import { floats } from "../runner.fixture.ts";
import { findHead } from "./index.ts";

const image = (height: number, width: number): Feeds => ({
  images: floats([1, 3, height, width], new Float32Array(3 * height * width)),
});
const zeros = (dims: number[]): Value => floats(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

/** 64×32: 8·4 + 4·2 + 2·1 cells. */
const CELLS = 42;

describe("which outputs are of a detector", () => {
  const cases: [string, Feeds, Feeds, string | undefined][] = [
    ["YOLOv8 at 640", image(640, 640), { output0: zeros([1, 84, 8400]) }, "YOLOv8"],
    ["YOLOv8 with four maps at 1280", image(1280, 1280), { output0: zeros([1, 5, 34_000]) }, "YOLOv8"],
    [
      "YOLOv8 with masks",
      image(640, 640),
      { output0: zeros([1, 116, 8400]), output1: zeros([1, 32, 160, 160]) },
      "YOLOv8",
    ],
    [
      "YOLOv8 with an output beside that is no masks",
      image(64, 64),
      { a: zeros([1, 6, 84]), b: zeros([1, 84]) },
      undefined,
    ],
    ["YOLOv5 at 640", image(640, 640), { output: zeros([1, 25_200, 6]) }, "YOLOv5"],
    [
      "YOLOv5 with its feature maps beside",
      image(64, 64),
      { output: zeros([1, 252, 85]), map: zeros([1, 3, 8, 8, 85]) },
      "YOLOv5",
    ],
    [
      "YOLOv5 with masks",
      image(640, 640),
      { output0: zeros([1, 25_200, 117]), output1: zeros([1, 32, 160, 160]) },
      "YOLOv5",
    ],
    ["YOLOv10", image(640, 640), { output0: zeros([1, 300, 6]) }, "end-to-end YOLO"],
    ["UltraFace", image(240, 320), { scores: zeros([1, 4420, 2]), boxes: zeros([1, 4420, 4]) }, "SSD"],
    [
      "SSD with as many classes as corners",
      image(300, 300),
      { scores: zeros([1, 100, 4]), boxes: zeros([1, 100, 4]) },
      "SSD",
    ],
    [
      "torchvision",
      image(300, 300),
      {
        boxes: zeros([7, 4]),
        labels: { type: "int64", dims: [7], data: new BigInt64Array(7) },
        scores: zeros([7]),
      },
      "SSD with suppression",
    ],
    [
      "TensorFlow, channels last",
      { image: zeros([1, 300, 300, 3]) },
      {
        num_detections: zeros([1]),
        detection_boxes: zeros([1, 100, 4]),
        detection_scores: zeros([1, 100]),
        detection_classes: zeros([1, 100]),
      },
      "SSD with suppression",
    ],
    ["a classifier", image(224, 224), { logits: zeros([1, 1000]) }, undefined],
    ["segmentation", image(224, 224), { masks: zeros([1, 21, 224, 224]) }, undefined],
    ["a YOLOv8 of another size", image(320, 320), { output0: zeros([1, 84, 8400]) }, undefined],
    ["text", image(64, 64), { boxes: { type: "string", dims: [1, 2, 4], data: [] } }, undefined],
    ["no image", { ids: zeros([1, 16]) }, { output0: zeros([1, 300, 6]) }, undefined],
  ];
  test.each(cases)("%s", (_name, inputs, outputs, name) => {
    expect(findHead(inputs, outputs)?.name).toBe(name!);
  });
});

test("YOLOv8: centre and size to corners, the best class; by rows", () => {
  const rows = 4 + 3;
  const data = new Float32Array(rows * CELLS);
  const put = (cell: number, values: number[]) => {
    for (const [row, value] of values.entries()) data[row * CELLS + cell] = value;
  };
  put(5, [20, 10, 8, 4, 0.1, 0.9, 0.3]);
  put(6, [50, 10, 2, 2, 0.0005, 0, 0]);
  const outputs = { output0: floats([1, rows, CELLS], data) };
  const head = findHead(image(32, 64), outputs)!;
  expect(head.decode(outputs, 0.001)).toEqual([
    { x1: 16, y1: 8, x2: 24, y2: 12, score: expect.closeTo(0.9, 6), class: 1 },
  ]);
  const [boxes, scores] = head.parts!(outputs);
  expect([boxes!.name, boxes!.values.length, boxes!.values[5]]).toEqual(["output0 (boxes)", 4 * CELLS, 20]);
  expect([scores!.name, scores!.values.length, scores!.values[CELLS + 5]]).toEqual([
    "output0 (scores)",
    3 * CELLS,
    expect.closeTo(0.9, 6),
  ]);
});

test("YOLOv8 with masks: what a box takes of them is no score", () => {
  const [classes, masks] = [2, 3];
  const data = new Float32Array((4 + classes + masks) * CELLS);
  const column = [20, 10, 8, 4, 0.1, 0.9, -7, 30, 2];
  for (const [row, value] of column.entries()) data[row * CELLS + 5] = value;
  const outputs = {
    output0: floats([1, 4 + classes + masks, CELLS], data),
    output1: zeros([1, masks, 8, 16]),
  };
  const head = findHead(image(32, 64), outputs)!;
  expect(head.decode(outputs, 0.001)).toEqual([
    { x1: 16, y1: 8, x2: 24, y2: 12, score: expect.closeTo(0.9, 6), class: 1 },
  ]);
  expect(head.parts!(outputs).map(({ name, values }) => [name, values.length / CELLS])).toEqual([
    ["output0 (boxes)", 4],
    ["output0 (scores)", classes],
    ["output0 (masks)", masks],
  ]);
});

test.each([
  ["pose: coordinates of points", (cell: number) => cell + 0.5],
  ["OBB: an angle", (cell: number) => cell / CELLS - 0.25],
  ["OBB: the same angle everywhere", () => Math.PI / 4],
])("rows like scores that are none make no detector (%s)", (_what, valueAt) => {
  const data = new Float32Array(7 * CELLS);
  for (let cell = 0; cell < CELLS; cell++) data[6 * CELLS + cell] = valueAt(cell);
  expect(findHead(image(32, 64), { output0: floats([1, 7, CELLS], data) })).toBeUndefined();
});

test("YOLOv5 with masks, and with rows like scores that are none", () => {
  const [columns, masks] = [5 + 2, 3];
  const data = new Float32Array(3 * CELLS * (columns + masks));
  data.set([20, 10, 8, 4, 0.5, 0.1, 0.8, -7, 30, 2], 9 * (columns + masks));
  const output0 = floats([1, 3 * CELLS, columns + masks], data);
  const outputs = { output0, output1: zeros([1, masks, 8, 16]) };
  expect(findHead(image(32, 64), outputs)!.decode(outputs, 0.001)).toEqual([
    { x1: 16, y1: 8, x2: 24, y2: 12, score: expect.closeTo(0.4, 6), class: 1 },
  ]);
  expect(findHead(image(32, 64), { output0 })).toBeUndefined();
});

test("YOLOv5: the score is that of the class times that of there being anything; by boxes", () => {
  const columns = 5 + 2;
  const data = new Float32Array(3 * CELLS * columns);
  data.set([20, 10, 8, 4, 0.5, 0.2, 0.8], 7 * columns);
  const outputs = { output: floats([1, 3 * CELLS, columns], data) };
  const head = findHead(image(32, 64), outputs)!;
  expect(head.decode(outputs, 0.001)).toEqual([
    { x1: 16, y1: 8, x2: 24, y2: 12, score: expect.closeTo(0.4, 6), class: 1 },
  ]);
  expect(head.parts!(outputs).map(({ values }) => values.length)).toEqual([12 * CELLS, 9 * CELLS]);
});

test("end to end: what the model suppressed is taken as it is", () => {
  const data = new Float32Array(300 * 6);
  data.set([1, 2, 3, 4, 0.75, 16, 5, 6, 7, 8, 0.0001, 3]);
  const outputs = { output0: floats([1, 300, 6], data) };
  const head = findHead(image(64, 64), outputs)!;
  expect(head.suppress).toBeUndefined();
  expect(head.decode(outputs, 0.001)).toEqual([{ x1: 1, y1: 2, x2: 3, y2: 4, score: 0.75, class: 16 }]);
});

test("SSD: of shares the first class is the background; other scores have none", () => {
  const boxes = floats([1, 2, 4], [0, 0, 0.5, 0.5, 0.25, 0.25, 1, 1]);
  const decode = (scores: Value) => {
    const outputs = { boxes, scores };
    return findHead(image(240, 320), outputs)!
      .decode(outputs, 0.3)
      .map(({ score, class: kind }) => [Math.round(score * 100), kind]);
  };
  expect(decode(floats([1, 2, 3], [0.9, 0.06, 0.04, 0.1, 0.2, 0.7]))).toEqual([[70, 1]]);
  expect(decode(floats([1, 2, 3], [0.9, 0.6, 0.4, 0.1, 0.2, 0.7]))).toEqual([
    [90, 0],
    [70, 2],
  ]);
  expect(decode(floats([1, 2, 1], [0.9, 0.2]))).toEqual([[90, 0]]);
});

test("SSD: corners are shares of the image; TensorFlow has y before x", () => {
  const corners = [0.25, 0.5, 0.75, 1];
  const ssd = { boxes: floats([1, 1, 4], corners), scores: floats([1, 1, 1], [0.75]) };
  const at = (x1: number, y1: number, x2: number, y2: number) => [{ x1, y1, x2, y2, score: 0.75, class: 0 }];
  expect(findHead(image(100, 200), ssd)!.decode(ssd, 0.5)).toEqual(at(50, 50, 150, 100));
  const tensorflow = {
    detection_boxes: floats([1, 1, 4], corners),
    detection_scores: floats([1, 1], [0.75]),
    detection_classes: floats([1, 1], [0]),
  };
  expect(findHead(image(100, 200), tensorflow)!.decode(tensorflow, 0.5)).toEqual(at(100, 25, 200, 75));
});

test("UltraFace counts a face from its own threshold on", () => {
  const faces = { scores: zeros([1, 10, 2]), boxes: zeros([1, 10, 4]) };
  const things = { scores: zeros([1, 10, 21]), boxes: zeros([1, 10, 4]) };
  expect(findHead(image(240, 320), faces)!.confidence).toBe(0.7);
  expect(findHead(image(240, 320), things)!.confidence).toBe(0.5);
});

test("torchvision: scores and labels stand beside the boxes", () => {
  const outputs: Feeds = {
    boxes: floats([2, 4], [0, 0, 1, 1, 2, 2, 3, 3]),
    labels: { type: "int64", dims: [2], data: BigInt64Array.of(3n, 5n) },
    scores: floats([2], [0.5, 0.1]),
  };
  expect(findHead(image(64, 64), outputs)!.decode(outputs, 0.2)).toEqual([
    { x1: 0, y1: 0, x2: 1, y2: 1, score: 0.5, class: 3 },
  ]);
});
