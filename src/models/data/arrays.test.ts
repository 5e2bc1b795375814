import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { bytesPerElement, elementsAt } from "../onnx/elements.ts";
import { countOf } from "../onnx/tensor.ts";
import type { ArrayFile } from "./array-file.ts";
import { partBytes } from "./array-value.ts";
import { DataError } from "./data-error.ts";
import { isIdxName, openIdx } from "./idx.ts";
import { idx, npy } from "./made-files.fixture.ts";
import { npyHeader, openNpy } from "./npy.ts";
import { openNpz } from "./npz.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.asyncDispose]());
const write = async (name: string, bytes: Uint8Array): Promise<string> => {
  const file = join(folder.path, name);
  await Bun.write(file, bytes);
  return file;
};
const all = async (array: ArrayFile) => elementsAt(array.type, await partBytes({ array }));

describe(".npy", () => {
  test("elements are read whole, and a part at an index", async () => {
    const array = await openNpy(await write("a.npy", npy([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))));
    expect([array.type, array.dims]).toEqual(["float", [2, 3]]);
    expect(await all(array)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(elementsAt("float", await partBytes({ array, index: 1 }))).toEqual(Float32Array.of(4, 5, 6));
  });

  test.each([
    ["no .npy file", Buffer.from("nothing at all of the kind"), "this is no .npy file"],
    ["Fortran order", npy([2], Float32Array.of(1, 2), { fortran: true }), "is in Fortran order"],
    ["big-endian", npy([2], Float32Array.of(1, 2), { descr: ">f4" }), "big-endian"],
    ["objects", npy([2], Float32Array.of(1, 2), { descr: "|O" }), "cannot be read|type"],
    ["truncated", npy([5], Float32Array.of(1, 2)), "truncated: 8 bytes of 20"],
    ["absurd", npy([2 ** 30, 2 ** 30, 2 ** 30], Float32Array.of(1)), "absurd dimensions"],
  ])("%s is refused", (_, file, words) => {
    expect(() => npyHeader(file, file.length)).toThrow(new RegExp(words));
  });

  test("any bytes are a header or a DataError", () => {
    const seed = npy([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(seed.length),
        (changes, length) => {
          const file = seed.slice(0, length);
          for (const [at, value] of changes) if (at < length) file[at] = value;
          try {
            const { type, dims, start } = npyHeader(file, file.length);
            expect(start + countOf(dims) * bytesPerElement(type)).toBeLessThanOrEqual(file.length);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(DataError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe(".npz", () => {
  test.each([0, 6] as const)("arrays by their names, at compression level %d", async (level) => {
    const zip = zipSync(
      { "a.npy": npy([2], Float64Array.of(1, 2)), "b.npy": npy([1], BigInt64Array.of(7n)) },
      { level },
    );
    const arrays = await openNpz(await write(`z${level}.npz`, zip));
    expect([...arrays.keys()]).toEqual(["a", "b"]);
    expect(await all(arrays.get("a")!)).toEqual(Float64Array.of(1, 2));
    expect(await all(arrays.get("b")!)).toEqual(BigInt64Array.of(7n));
  });

  test("one that unpacks to more than may be is refused by what it says, before it is unpacked", async () => {
    const file = await write("bomb.npz", zipSync({ "a.npy": npy([1 << 20], new Uint8Array(1 << 20)) }));
    await expect(openNpz(file, 100_000)).rejects.toThrow("holds more than 100000 bytes");
  });

  test("damaged ones are refused or read, and never anything else", async () => {
    const seed = zipSync({ "a.npy": npy([4], Float32Array.of(1, 2, 3, 4)) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Uint8Array.from(seed);
          for (const [at, value] of changes) bytes[at] = value;
          const outcome = await openNpz(await write("fuzz.npz", bytes)).catch((thrown: unknown) => thrown);
          if (!(outcome instanceof Map)) expect(outcome).toBeInstanceOf(DataError);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("IDX", () => {
  const bytes = idx(
    [3, 2, 2],
    Uint8Array.from({ length: 12 }, (_, i) => i),
  );
  test.each([
    ["plain", bytes],
    ["gzipped", Bun.gzipSync(bytes)],
  ])("%s", async (name, content) => {
    const array = await openIdx(await write(`${name}-idx3-ubyte`, content));
    expect(array.dims).toEqual([3, 2, 2]);
    expect(elementsAt("uint8", await partBytes({ array, index: 2 }))).toEqual(Uint8Array.of(8, 9, 10, 11));
  });

  test("wider elements are turned to little-endian", async () => {
    const file = Buffer.alloc(16);
    file.set([0, 0, 0x0d, 1]);
    file.writeUInt32BE(2, 4);
    file.writeFloatBE(1.5, 8);
    file.writeFloatBE(-2, 12);
    expect(await all(await openIdx(await write("f-idx1-float", file)))).toEqual(Float32Array.of(1.5, -2));
  });

  test.each([
    ["no IDX", Buffer.from("hello"), "no IDX file"],
    ["truncated", bytes.subarray(0, 20), "truncated: 4 bytes of 12"],
    ["broken gzip", Bun.gzipSync(bytes).subarray(0, 15), "damaged or truncated"],
  ])("%s is refused", async (name, content, words) => {
    await expect(openIdx(await write(`${name}-idx`, content))).rejects.toThrow(words);
  });

  test("damaged ones are refused or read, and never anything else", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(bytes.length),
        fc.boolean(),
        async (changes, length, gzipped) => {
          const damaged = Uint8Array.from(bytes);
          for (const [at, value] of changes) damaged[at] = value;
          const part = damaged.subarray(0, length);
          const outcome = await openIdx(await write("fuzz-idx", gzipped ? Bun.gzipSync(part) : part)).catch(
            (thrown: unknown) => thrown,
          );
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
          else expect(await all(outcome as ArrayFile)).toHaveLength(countOf((outcome as ArrayFile).dims));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("its names", () => {
    expect(["t10k-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", "x.idx"].every(isIdxName)).toBe(true);
    expect(["idx.txt", "index.gz", "pidx"].some(isIdxName)).toBe(false);
  });
});
