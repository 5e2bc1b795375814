import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { zipSync } from "fflate";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { cifarImages } from "../real-models.fixture.ts";
import { bmp, idx, jpeg, npy, png } from "./made-files.fixture.ts";
import { openSamples, type SampleOptions } from "./open-samples.ts";
import { preprocessingOf } from "./preprocessing.ts";
import type { InputSpec, Samples } from "./types.ts";

const small: InputSpec = { name: "x", type: "float", dims: [1, 3, 2, 2] };
const raw = preprocessingOf("raw");
const shade = (red: number) => bmp(2, 2, () => [red, 0, 0]);

async function folderOf(files: Record<string, Uint8Array>) {
  const folder = tempDir();
  for (const [name, bytes] of Object.entries(files)) await Bun.write(join(folder.path, name), bytes);
  return folder;
}
const reds = async (samples: Samples): Promise<number[]> =>
  Promise.all(
    Array.from({ length: samples.count }, async (_, i) =>
      Number(Object.values((await samples.read(i)).feeds)[0]!.data[0]),
    ),
  );
const open = (path: string, options?: SampleOptions, inputs = [small]) =>
  openSamples(path, inputs, raw, options);

test("a folder of images, in the order of their names; hidden files and others are passed over", async () => {
  await using folder = await folderOf({
    "b.bmp": shade(2),
    "A.PNG": await png(shade(1)),
    "c.jpg": await jpeg(bmp(2, 2, () => [90, 90, 90])),
    ".hidden.bmp": shade(9),
    "notes.txt": Buffer.from("no image"),
  });
  const samples = await open(folder.path);
  expect(await reds(samples)).toEqual([1, 2, 90]);
  expect(samples.labels).toBeUndefined();
  expect((await samples.read(0)).file).toBe(join(folder.path, "A.PNG"));
});

describe("labels", () => {
  const files = { "dog/1.bmp": shade(1), "cat/deep/2.bmp": shade(2), "cat/1.bmp": shade(3) };

  test("are the first folders below, sorted", async () => {
    await using folder = await folderOf(files);
    const samples = await open(folder.path);
    expect(samples.labels).toEqual(["cat", "dog"]);
    expect((await samples.read(1)).label).toBe("cat");
    expect((await samples.read(2)).label).toBe("dog");
  });

  test("are none of the folders of a data set with boxes, as YOLO's are laid out", async () => {
    await using folder = await folderOf({
      "coco/images/train/a.bmp": shade(1),
      "coco/images/val/b.bmp": shade(2),
      "coco/labels/train/a.txt": Buffer.from(""),
      "coco/labels/val/b.txt": Buffer.from("0 0.5 0.5 0.2 0.2\n"),
      "beside/day/c.bmp": shade(3),
      "beside/day/c.txt": Buffer.from("3 0.5 0.5 0.2 0.2"),
      "told/day/c.bmp": shade(3),
      "told/day/c.txt": Buffer.from("a photograph of 3 cats by day"),
    });
    for (const place of ["coco", "coco/images", "coco/images/val", "beside"]) {
      const samples = await open(join(folder.path, place));
      expect(samples.labels).toBeUndefined();
      expect((await samples.read(0)).label).toBeUndefined();
    }
    expect((await open(join(folder.path, "told"))).labels).toEqual(["day"]);
  });

  test("have the order that is given, which must name them all", async () => {
    await using folder = await folderOf(files);
    expect((await open(folder.path, { labels: ["dog", "bird", "cat"] })).labels).toEqual([
      "dog",
      "bird",
      "cat",
    ]);
    await expect(open(folder.path, { labels: ["dog"] })).rejects.toThrow(
      '"cat" is not among the labels given',
    );
  });

  test("of a pattern are the folders below its fixed part", async () => {
    await using folder = await folderOf(files);
    const samples = await open(join(folder.path, "*/1.bmp"));
    expect([samples.count, samples.labels]).toEqual([2, ["cat", "dog"]]);
  });

  test("of IDX images lie beside them", async () => {
    await using folder = await folderOf({
      "t-images-idx3-ubyte.gz": Bun.gzipSync(
        idx(
          [3, 2, 2],
          Uint8Array.from({ length: 12 }, (_, i) => i),
        ),
      ),
      "t-labels-idx1-ubyte": idx([3], Uint8Array.of(4, 0, 1)),
    });
    const samples = await open(folder.path, {}, [{ ...small, dims: [1, 1, 2, 2] }]);
    expect(samples.labels).toEqual(["0", "1", "2", "3", "4"]);
    expect(await samples.read(1)).toMatchObject({
      label: "0",
      feeds: { x: { data: Float32Array.of(4, 5, 6, 7) } },
    });
  });
});

describe("several inputs", () => {
  const inputs: InputSpec[] = [
    { name: "a", type: "float", dims: [1, 2] },
    { name: "b", type: "int64", dims: [1, 1] },
  ];

  test(".npz by their names", async () => {
    const a = npy([3, 2], Float64Array.of(1, 2, 3, 4, 5, 6));
    await using folder = await folderOf({
      "x.npz": zipSync({ "a.npy": a, "b.npy": npy([3], Int32Array.of(7, 8, 9)) }),
    });
    const samples = await open(join(folder.path, "x.npz"), {}, inputs);
    expect((await samples.read(2)).feeds).toEqual({
      a: { type: "float", dims: [1, 2], data: Float32Array.of(5, 6) },
      b: { type: "int64", dims: [1, 1], data: BigInt64Array.of(9n) },
    });
  });

  test("a folder for each", async () => {
    await using folder = await folderOf({
      "a/s1.npy": npy([2], Float32Array.of(1, 2)),
      "a/s2.npy": npy([2], Float32Array.of(3, 4)),
      "b/s1.npy": npy([1], BigInt64Array.of(5n)),
      "b/s2.npy": npy([1], BigInt64Array.of(6n)),
    });
    const samples = await open(folder.path, {}, inputs);
    expect((await samples.read(1)).feeds).toMatchObject({
      a: { data: Float32Array.of(3, 4) },
      b: { data: BigInt64Array.of(6n) },
    });
    await Bun.write(join(folder.path, "b/s3.npy"), npy([1], BigInt64Array.of(6n)));
    await expect(open(folder.path, {}, inputs)).rejects.toThrow('"s3" is not there for every input');
  });

  test("an image alone is not enough", async () => {
    await using folder = await folderOf({ "1.bmp": shade(1) });
    await expect(open(folder.path, {}, inputs)).rejects.toThrow("the model has 2 inputs (a, b)");
  });
});

test("a model that takes several at a time gets as many, in either form", async () => {
  const batch: InputSpec = { name: "x", type: "float", dims: [2, 3] };
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  await using folder = await folderOf({
    "flat.npy": npy([4, 3], values),
    "batches.npy": npy([2, 2, 3], values),
    "odd.npy": npy([3, 3], values.slice(0, 9)),
  });
  for (const name of ["flat.npy", "batches.npy"]) {
    const samples = await open(join(folder.path, name), {}, [batch]);
    expect(samples.count).toBe(2);
    expect((await samples.read(1)).feeds["x"]).toEqual({
      type: "float",
      dims: [2, 3],
      data: Float32Array.of(6, 7, 8, 9, 10, 11),
    });
  }
  await expect(open(join(folder.path, "odd.npy"), {}, [batch])).rejects.toMatchObject({
    message: '3 samples do not fill batches of 2, which input "x" takes',
    hint: "Give a multiple of 2: N×3 with N = 2, or M×2×3.",
  });
});

test("arrays of bytes are images and are preprocessed; others are given as they are and must fit", async () => {
  await using folder = await folderOf({
    "bytes.npy": npy([2, 1, 1, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)),
    "floats.npy": npy(
      [1, 3, 2, 2],
      Float32Array.from({ length: 12 }, (_, i) => i / 8),
    ),
    "wrong.npy": npy([5, 4], new Float32Array(20)),
  });
  expect(await reds(await open(join(folder.path, "bytes.npy")))).toEqual([1, 4]);
  const floats = await (await open(join(folder.path, "floats.npy"))).read(0);
  expect(floats.feeds["x"]!.data[11]).toBe(11 / 8);
  await expect(open(join(folder.path, "wrong.npy"))).rejects.toThrow(
    'an array of float 5×4 does not fit input "x", which takes 1×3×2×2',
  );
});

describe("images that do not decode", () => {
  const broken = async (good: number) =>
    folderOf({
      "bad.jpg": Buffer.from("this is no image"),
      ...Object.fromEntries(Array.from({ length: good }, (_, i) => [`${i}.bmp`, shade(i)])),
    });

  test("are named and skipped up to 5 %", async () => {
    await using folder = await broken(19);
    const samples = await open(folder.path);
    expect(samples.count).toBe(19);
    expect(samples.skipped).toEqual([
      { file: join(folder.path, "bad.jpg"), reason: "it is no JPEG, PNG, WebP, BMP or GIF" },
    ]);
  });

  test("are an error above that", async () => {
    await using folder = await broken(18);
    await expect(open(folder.path)).rejects.toThrow("1 of 19 images cannot be used, more than 5 %");
  });

  test("one that goes away later is named when it is read", async () => {
    await using folder = await folderOf({ "1.bmp": shade(1) });
    const samples = await open(folder.path);
    await Bun.write(join(folder.path, "1.bmp"), "gone");
    await expect(samples.read(0)).rejects.toMatchObject({ where: join(folder.path, "1.bmp") });
  });
});

test.each([
  ["nothing/here", "there is no such file or folder"],
  ["*.webp", "no image or array matches"],
  ["", "there are no images or arrays here"],
])("%j: %s", async (path, words) => {
  await using folder = await folderOf({ "readme.txt": Buffer.from("text") });
  await expect(open(join(folder.path, path))).rejects.toThrow(words);
});

test("the choice of samples and their digest depend on the seed and the content alone", async () => {
  const input: InputSpec = { name: "input", type: "float", dims: [1, 3, 32, 32] };
  const of = (seed: number, preset: "raw" | "zero-one" = "raw") =>
    openSamples(cifarImages.calibration, [input], preprocessingOf(preset), { limit: 12, seed });
  const [one, again, other, scaled] = await Promise.all([of(1), of(1), of(2), of(1, "zero-one")]);
  const names = (samples: Samples) =>
    Promise.all(Array.from({ length: 12 }, async (_, i) => (await samples.read(i)).file));
  expect(await names(one!)).toEqual(await names(again!));
  expect(await names(one!)).not.toEqual(await names(other!));
  expect(one!.digest).toBe(again!.digest);
  expect(new Set([one, other, scaled].map((samples) => samples!.digest)).size).toBe(3);
});

test("opening ends with the signal", async () => {
  const stop = new AbortController();
  const looked = () => stop.abort(new Error("stopped"));
  await expect(
    openSamples(cifarImages.calibration, [{ ...small, dims: [1, 3, 32, 32] }], raw, {
      looked,
      signal: stop.signal,
    }),
  ).rejects.toThrow("stopped");
});
