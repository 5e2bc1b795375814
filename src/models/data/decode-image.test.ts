import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DataError } from "./data-error.ts";
import { checkImage, decodeImage, MAX_PIXELS } from "./decode-image.ts";
import { bmp, bmpWithPalette, type Colour, jpeg, png, webp } from "./made-files.fixture.ts";
import { orientationOf } from "./orientation.ts";
import type { Pixels } from "./types.ts";

const shade = (x: number, y: number): Colour => [x * 20, y * 30, 200 - x * 10];
const image = bmp(9, 5, shade);

const colourAt = ({ width, channels, data }: Pixels, x: number, y: number): number[] => {
  const at = (y * width + x) * channels;
  return [...data.subarray(at, at + 3)];
};

test.each([
  ["BMP", async () => image],
  ["PNG", () => png(image)],
  ["WebP", () => webp(image)],
])("%s without loss comes back pixel by pixel", async (_, make) => {
  const pixels = await decodeImage(await make());
  expect([pixels.width, pixels.height]).toEqual([9, 5]);
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 9; x++) expect(colourAt(pixels, x, y)).toEqual([...shade(x, y)]);
});

test("JPEG comes back nearly so", async () => {
  const flat = await decodeImage(await jpeg(bmp(16, 16, () => [200, 100, 50])));
  for (const [got, want] of [200, 100, 50].map((value, c) => [colourAt(flat, 8, 8)[c]!, value])) {
    expect(Math.abs(got! - want!)).toBeLessThan(4);
  }
});

test("a BMP with a palette is read from its bottom row up", async () => {
  const palette: Colour[] = [
    [0, 0, 0],
    [255, 0, 0],
    [0, 128, 255],
  ];
  const pixels = await decodeImage(bmpWithPalette(5, 3, palette, (x, y) => (x + y) % 3));
  expect(colourAt(pixels, 0, 0)).toEqual([0, 0, 0]);
  expect(colourAt(pixels, 1, 0)).toEqual([255, 0, 0]);
  expect(colourAt(pixels, 1, 1)).toEqual([0, 128, 255]);
});

/** An EXIF block that holds the orientation alone. */
const exif = (orientation: number): Buffer =>
  Buffer.from([
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);

function withExif(file: Uint8Array, orientation: number): Uint8Array {
  const block = exif(orientation);
  if (file[0] === 0xff) {
    const segment = Buffer.concat([
      Buffer.from([0xff, 0xe1, 0, block.length + 8]),
      Buffer.from("Exif\0\0"),
      block,
    ]);
    return Buffer.concat([file.subarray(0, 2), segment, file.subarray(2)]);
  }
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from("eXIf"), block, Buffer.alloc(4)]);
  chunk.writeUInt32BE(block.length);
  chunk.writeUInt32BE(Bun.hash.crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([file.subarray(0, 33), chunk, file.subarray(33)]);
}

describe("EXIF orientation is seen to", () => {
  /** Which corner of the stored image is the upper left one of the picture (Exif 2.32, 4.6.4). */
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 0],
  ] as const;
  const quarters = bmp(48, 32, (x, y) => [x < 24 ? 0 : 255, y < 16 ? 0 : 255, 0]);
  const cases = [1, 2, 3, 4, 5, 6, 7, 8].flatMap(
    (orientation) =>
      [
        ["JPEG", orientation, jpeg],
        ["PNG", orientation, png],
      ] as const,
  );
  test.each(cases)("%s %d", async (_, orientation, encode) => {
    const pixels = await decodeImage(withExif(await encode(quarters), orientation));
    expect([pixels.width, pixels.height]).toEqual(orientation > 4 ? [32, 48] : [48, 32]);
    const corner = colourAt(pixels, 4, 4)
      .slice(0, 2)
      .map((value) => Number(value > 127));
    expect(corner).toEqual([...corners[orientation - 1]!]);
    const beside = colourAt(pixels, pixels.width - 5, 4).map((value) => Number(value > 127));
    expect(beside[orientation > 4 ? 1 : 0]).toBe(1 - corner[orientation > 4 ? 1 : 0]!);
  });
});

describe("what does not decode says why", () => {
  test("no image", async () => {
    await expect(decodeImage(Buffer.from("hello, this is text"))).rejects.toThrow(
      "it is no JPEG, PNG, WebP, BMP or GIF",
    );
  });

  test.each([
    ["JPEG", jpeg, "the JPEG is truncated"],
    ["PNG", png, "truncated"],
    ["WebP", webp, "truncated"],
  ] as const)("a truncated %s", async (_, encode, reason) => {
    const file = await encode(bmp(64, 64, (x, y) => [(x * y) % 256, x * 4, y * 4]));
    const half = file.subarray(0, Math.floor(file.length * 0.6));
    await expect(decodeImage(half)).rejects.toThrow(reason);
    await expect(checkImage(half)).rejects.toBeInstanceOf(DataError);
  });

  test("a truncated BMP with a palette", async () => {
    const file = bmpWithPalette(8, 8, [[0, 0, 0]], () => 0);
    await expect(decodeImage(file.subarray(0, file.length - 3))).rejects.toThrow("damaged or truncated");
  });

  test("a header that promises more pixels than there may be, before anything is allocated", async () => {
    const file = Buffer.from(await png(image));
    file.writeUInt32BE(60_000, 16);
    file.writeUInt32BE(60_000, 20);
    file.writeUInt32BE(Bun.hash.crc32(file.subarray(12, 29)), 29);
    await expect(decodeImage(file)).rejects.toThrow(`more than ${MAX_PIXELS / 1e6} million pixels`);
  });

  test("a BMP with a palette that promises so", async () => {
    const file = Buffer.from(bmpWithPalette(8, 8, [[0, 0, 0]], () => 0));
    file.writeInt32LE(2 ** 30, 18);
    await expect(decodeImage(file)).rejects.toThrow("damaged or truncated");
  });
});

test("damaged files decode or are refused; nothing else happens", async () => {
  const seeds = [
    image,
    await png(image),
    await jpeg(image),
    await webp(image),
    bmpWithPalette(5, 3, [[1, 2, 3]], () => 0),
  ];
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      damage,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (seed, changes, kept) => {
        const file = Uint8Array.from(seed);
        for (const [at, value] of changes) file[at % file.length] = value;
        const part = file.subarray(0, kept > 0.5 ? file.length : Math.ceil(file.length * kept));
        const outcome = await decodeImage(part).catch((thrown: unknown) => thrown);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
        else
          expect((outcome as Pixels).data.length).toBe(
            (outcome as Pixels).width * (outcome as Pixels).height * (outcome as Pixels).channels,
          );
      },
    ),
    { numRuns: 300 },
  );
});

test("an orientation is read from any bytes, or is upright", () => {
  const heads = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.from("RIFF....WEBP")];
  const chunk = (name: string, body: Uint8Array, length: number): Buffer => {
    const head = Buffer.alloc(8);
    if (name === "eXIf") head.writeUInt32BE(length);
    else head.writeUInt32LE(length, 4);
    head.write(name, name === "eXIf" ? 4 : 0);
    return Buffer.concat([head, body]);
  };
  const tiff = fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.concat([Buffer.from("II*\0\b\0\0\0"), bytes]));
  fc.assert(
    fc.property(fc.nat(1), tiff, fc.nat(60), fc.uint8Array({ maxLength: 20 }), (kind, body, length, rest) => {
      const file = Buffer.concat([heads[kind]!, chunk(kind === 0 ? "eXIf" : "EXIF", body, length), rest]);
      expect(orientationOf(file)).toBeWithin(1, 9);
    }),
    { numRuns: 500 },
  );
});
