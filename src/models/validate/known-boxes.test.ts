import { expect, test } from "bun:test";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { labelFiles } from "../data/box-files.ts";
import { PRESETS } from "../data/preprocessing.ts";
import { cifarImages } from "../real-models.fixture.ts";
import { parseBoxes, withKnownBoxes } from "./known-boxes.ts";

test("labels stand in a folder of their own, or beside the image", () => {
  expect(labelFiles("/data/images/test/a.b.jpg")).toEqual([
    "/data/labels/test/a.b.txt",
    "/data/images/test/a.b.txt",
  ]);
  expect(labelFiles("/images/images/a.jpg")).toEqual(["/images/labels/a.txt", "/images/images/a.txt"]);
  expect(labelFiles("/data/a.jpg")).toEqual(["/data/a.txt"]);
});

test("lines are class, centre and size; empty ones are none", () => {
  expect(parseBoxes("3 0.5 0.25 1 0.5\n\r\n  0 0 0 0.1 0.1 \n", "a.txt")).toEqual([
    { class: 3, x: 0.5, y: 0.25, width: 1, height: 0.5 },
    { class: 0, x: 0, y: 0, width: 0.1, height: 0.1 },
  ]);
});

test("an outline stands for the box around it", () => {
  expect(parseBoxes("2 0.5 0 0.75 0.5 0.25 0.25\n", "a.txt")).toEqual([
    { class: 2, x: 0.5, y: 0.25, width: 0.5, height: 0.5 },
  ]);
});

test.each([
  "cat 0.1 0.1 0.1 0.1",
  "0 0.1 0.1 0.1",
  "0 10 10 5 5",
  "1.5 0.1 0.1 0.1 0.1",
  "0 0.1 0.1 0.1 0.1 0.9",
])("%p is no box, and is told with its line", (line) => {
  expect(() => parseBoxes(`0 0.5 0.5 1 1\n${line}\n`, "a.txt")).toThrow(
    expect.objectContaining({ message: "this line is no box", where: "a.txt:2" }),
  );
});

test("boxes come to lie where the preprocessing puts the image", async () => {
  await using dir = tempDir();
  const image = join(dir.path, "images/cat.jpg");
  await mkdir(join(dir.path, "images"));
  await mkdir(join(dir.path, "labels"));
  await cp(join(cifarImages.test, "cat/0000.jpg"), image);
  await writeFile(join(dir.path, "labels/cat.txt"), "7 0.5 0.5 0.5 1\n");
  const files = [image, join(dir.path, "images/dog.jpg")];
  const samples = { count: 2, read: async (i: number) => ({ feeds: {}, file: files[i]! }) };
  // 32×32 into 64×128, with a border above and below.
  const boxes = withKnownBoxes(samples, { input: { width: 64, height: 128 }, how: PRESETS.yolo });
  expect(await boxes.read(0)).toEqual({
    feeds: {},
    file: image,
    boxes: [{ x1: 16, y1: 32, x2: 48, y2: 96, score: 1, class: 7 }],
  });
  expect(await boxes.read(1)).toEqual({ feeds: {}, file: files[1]! });
});
