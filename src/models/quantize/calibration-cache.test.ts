import { expect, test } from "bun:test";
import { calibrationCache, tensorRtVersionNumber } from "./calibration-cache.ts";

test("writes what TensorRT reads: a header, then the bits of each scale", () => {
  const ranges = new Map([
    ["input", { min: -1, max: 0.5 }],
    ["conv1", { min: 0, max: 254 }],
    ["flat", { min: 0, max: 0 }],
  ]);
  expect(calibrationCache(ranges, { version: 100300, algorithm: "EntropyCalibration2" })).toBe(
    ["TRT-100300-EntropyCalibration2", "conv1: 40000000", "flat: 3f800000", "input: 3c010204", ""].join("\n"),
  );
});

test("versions are numbered as each TensorRT numbers itself", () => {
  expect([
    tensorRtVersionNumber(8, 6, 2),
    tensorRtVersionNumber(8, 5, 2),
    tensorRtVersionNumber(10, 3, 0),
  ]).toEqual([8602, 8502, 100300]);
});

test("a tensor that cannot be scaled is named", () => {
  const ranges = new Map([["broken", { min: 0, max: Number.NaN }]]);
  expect(() => calibrationCache(ranges, { version: 8602, algorithm: "MinMaxCalibration" })).toThrow(
    /cannot be quantized/,
  );
});
