import { describe, expect, test } from "bun:test";
import * as z from "../../base/zod.ts";
import { DataError } from "./data-error.ts";
import { fitImage } from "./fit-image.ts";
import { preprocess } from "./preprocess.ts";
import {
  type PreprocessingChoice,
  preprocessingFieldsSchema,
  preprocessingOf,
  preprocessingSchema,
} from "./preprocessing.ts";
import { resizeBilinear, resizeNearest } from "./resize.ts";
import type { InputSpec, Pixels } from "./types.ts";

const grey = (width: number, height: number, values: number[]): Pixels => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from(values),
});
/** Two pixels of RGBA beside each other. */
const two: Pixels = { width: 2, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 255) };
const input = (dims: number[], type: InputSpec["type"] = "float"): InputSpec => ({ name: "x", type, dims });
const given = (choice: PreprocessingChoice) => preprocessingOf(choice);
const valuesOf = (image: Pixels, spec: InputSpec, choice: PreprocessingChoice): number[] =>
  Array.from(preprocess(image, spec, given(choice)).data as Float32Array);

describe("values", () => {
  test("lie as the input has them: planes, or channels interleaved; alpha is left out", () => {
    expect(valuesOf(two, input([1, 3, 1, 2]), "raw")).toEqual([10, 40, 20, 50, 30, 60]);
    expect(valuesOf(two, input([1, 1, 2, 3]), { layout: "nhwc" })).toEqual([10, 20, 30, 40, 50, 60]);
    expect(valuesOf(two, input([3, 1, 2]), "raw")).toEqual([10, 40, 20, 50, 30, 60]);
  });

  test("mean and std are in the order of the channels that are asked for", () => {
    const how = { channels: "bgr", mean: [1, 2, 3], std: [1, 1, 2] } as const;
    expect(valuesOf(two, input([1, 3, 1, 2]), { ...how, mean: [...how.mean], std: [...how.std] })).toEqual([
      29, 59, 18, 48, 3.5, 18.5,
    ]);
  });

  test("imagenet is (pixel / 255 − mean) / std in float32", () => {
    const [red] = valuesOf(two, input([1, 3, 1, 2]), "imagenet");
    expect(red).toBe(Math.fround((10 / 255 - 0.485) / 0.229));
  });

  test("an input of one channel gets Pillow's grey", () => {
    expect(valuesOf(two, input([1, 1, 1, 2]), "raw")).toEqual([18, 48]);
  });

  test("a batch of several is the image as often", () => {
    expect(valuesOf(grey(2, 1, [7, 9]), input([3, 1, 1, 2]), "raw")).toEqual([7, 9, 7, 9, 7, 9]);
  });

  test("whole numbers are rounded and clipped", () => {
    const value = preprocess(
      grey(2, 1, [3, 200]),
      input([1, 1, 1, 2], "int8"),
      given({ scale: 0.5, mean: [-50] }),
    );
    expect(value.data).toEqual(Int8Array.of(52, 127));
  });

  test.each([
    [[1, 10], "raw", "takes 1×10: no image"],
    [[1, 1, 1, 2], "imagenet", "mean has 3 numbers"],
  ] as const)("an input of %p with %s is refused", (dims, choice, words) => {
    expect(() => preprocess(two, input([...dims]), given(choice))).toThrow(words);
    expect(() => preprocess(two, input([...dims]), given(choice))).toThrow(DataError);
  });
});

describe("size", () => {
  /** Pillow: Image.fromarray(numpy.arange(0, 240, 10, dtype=numpy.uint8).reshape(4, 6)).resize(…, BILINEAR) */
  const ramp = grey(
    6,
    4,
    Array.from({ length: 24 }, (_, i) => i * 10),
  );

  test("smaller is antialiased", () => {
    expect([...resizeBilinear(ramp, 3, 2).data]).toEqual([50, 68, 86, 144, 162, 180]);
  });
  test("larger is interpolated", () => {
    expect([...resizeBilinear(ramp, 7, 4).data.subarray(0, 7)]).toEqual([0, 8, 16, 25, 34, 42, 50]);
  });
  test("nearest takes the pixel in the middle", () => {
    expect([...resizeNearest(ramp, 3, 2).data]).toEqual([70, 90, 110, 190, 210, 230]);
  });

  test("letterbox keeps the aspect and pads both sides with grey", () => {
    const fitted = fitImage(grey(4, 2, Array(8).fill(200)), { width: 4, height: 4 }, given("yolo"));
    expect([...fitted.data]).toEqual([114, 114, 114, 114, ...Array(8).fill(200), 114, 114, 114, 114]);
  });

  test("crop is the middle of the shorter side, and an image of the size is taken as it is", () => {
    const stripes = grey(
      8,
      4,
      Array.from({ length: 32 }, (_, i) => (i % 8) * 10),
    );
    const fitted = fitImage(stripes, { width: 4, height: 4 }, given({ preset: "imagenet", crop_pct: 1 }));
    expect([...fitted.data.subarray(0, 4)]).toEqual([20, 30, 40, 50]);
    expect(fitImage(stripes, { width: 8, height: 4 }, given("imagenet"))).toBe(stripes);
  });

  test.each([
    [1, 1],
    [5, 1],
    [1, 7],
    [300, 2],
  ])("an image of %d × %d becomes any size in every way", (width, height) => {
    const image = grey(width, height, Array(width * height).fill(9));
    for (const resize of ["stretch", "letterbox", "crop"] as const) {
      const fitted = fitImage(image, { width: 6, height: 11 }, given({ resize, padding: 9 }));
      expect([fitted.width, fitted.height, new Set(fitted.data)]).toEqual([6, 11, new Set([9])]);
    }
  });
});

describe("as people and manifests write it", () => {
  const read = (choice: unknown) => z.safeParse(preprocessingFieldsSchema(), choice);

  test("a preset, or what differs from one; complete it is what a manifest holds", () => {
    const choice = read({ preset: "imagenet", mean: [0.5, 0.5, 0.5] });
    const how = preprocessingOf(choice.data!);
    expect(how).toMatchObject({ resize: "crop", mean: [0.5, 0.5, 0.5], std: [0.229, 0.224, 0.225] });
    expect(z.parse(preprocessingSchema(), JSON.parse(JSON.stringify(how)))).toEqual(how);
  });

  test.each([
    ["a preset that is none", { preset: "imagnet" }],
    ["a deviation of 0", { std: [0] }],
    ["an unknown field", { size: 3 }],
    ["scale 0", { scale: 0 }],
  ])("%s is refused", (_, choice) => {
    expect(read(choice).success).toBe(false);
  });
});
