import { expect, test } from "bun:test";
import { UsageError } from "../../base/errors.ts";
import type { Port } from "../ort/types.ts";
import { parseInputShape, resolveInputs } from "./input-shapes.ts";

test.each([
  ["1,3,640,640", { dims: [1, 3, 640, 640] }],
  ["images:1x3x640x640", { name: "images", dims: [1, 3, 640, 640] }],
  ["serving_default_x:0:1, 3, 4", { name: "serving_default_x:0", dims: [1, 3, 4] }],
])("%s", (text, shape) => {
  expect(parseInputShape(text)).toEqual(shape);
});

test.each(["", "x:", "1,-3", "1,,3", "1.5", "0,3", "1,3,a", "99999999999", "65536,65536"])(
  "%j is refused",
  (text) => {
    expect(() => parseInputShape(text)).toThrow(UsageError);
  },
);

const port = (name: string, dims: Port["dims"]): Port => ({ name, type: "float", dims });

test("an open batch is 1; what is given stands for what is open", () => {
  expect(resolveInputs([port("x", ["N", 3, 8, 8])], [])[0]!.dims).toEqual([1, 3, 8, 8]);
  expect(resolveInputs([port("x", ["N", 3, "h", "w"])], [{ dims: [2, 3, 8, 9] }])[0]!.dims).toEqual([
    2, 3, 8, 9,
  ]);
});

test("what stays open is asked for, with the line to write", () => {
  expect(() => resolveInputs([port("x", ["N", 3, "h", undefined])], [])).toThrow(
    expect.objectContaining({ hint: "Choose it: --input-shape 1,3,…,…" }),
  );
});

test.each([
  [[{ dims: [1] }], "the model has 2 inputs"],
  [[{ name: "ax", dims: [1] }], 'no input "ax"'],
  [[{ name: "a", dims: [3] }], 'input "a" takes 2'],
  [
    [
      { name: "b", dims: [1] },
      { name: "b", dims: [1] },
    ],
    "two shapes",
  ],
])("%j does not fit", (shapes, words) => {
  expect(() => resolveInputs([port("a", [2]), port("b", ["n"])], shapes)).toThrow(words);
});
