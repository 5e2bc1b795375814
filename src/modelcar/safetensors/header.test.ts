import { expect, test } from "bun:test";
import fc from "fast-check";
import { memorySource, sourceReader } from "../bytes/source-reader.ts";
import { isReadError } from "../http/types.ts";
import { readSafetensorsHeader } from "./header.ts";
import { parseIndex } from "./index.ts";
import { makeSafetensors } from "./safetensors.fixture.ts";

const read = (bytes: Uint8Array, size = bytes.length) =>
  readSafetensorsHeader(sourceReader(memorySource(bytes)), size);

function file(header: string, data = 8): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

test("reads names, types and shapes", async () => {
  const tensors = await read(makeSafetensors({ a: ["BF16", 3, 4], b: ["F32"], c: ["I32", 0, 5] }));
  expect(tensors).toEqual([
    { name: "a", dtype: "BF16", shape: [3, 4], bytes: 24 },
    { name: "b", dtype: "F32", shape: [], bytes: 4 },
    { name: "c", dtype: "I32", shape: [0, 5], bytes: 0 },
  ]);
});

const tensor = (entry: unknown): Uint8Array => file(JSON.stringify({ w: entry }));

test.each([
  ["no length", new Uint8Array(5), "ends before its header"],
  ["a length beyond the format", new Uint8Array(8).fill(255), "claims 18446744073709552000 bytes"],
  [
    "a length beyond the file",
    new Uint8Array([100, 0, 0, 0, 0, 0, 0, 0, 1]),
    "claims 100 bytes, the file has 9",
  ],
  ["no JSON", file("{"), "not JSON"],
  ["a list", file("[]"), "not an object"],
  ["no shape", tensor({ dtype: "F32", data_offsets: [0, 4] }), "no sound dtype"],
  ["negative offsets", tensor({ dtype: "F32", shape: [1], data_offsets: [-4, 0] }), "no sound dtype"],
  [
    "offsets beyond the file",
    tensor({ dtype: "F32", shape: [1], data_offsets: [8, 12] }),
    "outside the file",
  ],
  ["a shape that does not fit", tensor({ dtype: "F32", shape: [2], data_offsets: [0, 4] }), "make 8"],
  ["null", tensor(null), "no sound dtype"],
  ["an absurd shape", tensor({ dtype: "F32", shape: [2 ** 50, 2 ** 50], data_offsets: [0, 4] }), "make"],
  [
    "overlaps that sum to more",
    file(
      JSON.stringify({
        a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
        b: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      }),
    ),
    "claim 16 bytes of 8",
  ],
])("%s is told", async (_, bytes, said) => {
  await expect(read(bytes)).rejects.toThrow(said);
});

test("a type that is not known is taken as it stands", async () => {
  expect(await read(tensor({ dtype: "F5_NEW", shape: [9], data_offsets: [0, 8] }))).toMatchObject([
    { dtype: "F5_NEW", bytes: 8 },
  ]);
});

test("reads the index", () => {
  const text = JSON.stringify({ metadata: { total_size: 10 }, weight_map: { a: "x", b: "y", c: "x" } });
  expect(parseIndex(text)).toEqual({ totalSize: 10, files: ["x", "y"] });
  expect(parseIndex('{"metadata":{"total_size":-1},"weight_map":{"a":"x"}}').totalSize).toBeUndefined();
  for (const broken of ["", "[]", "{}", '{"weight_map": 3}'])
    expect(() => parseIndex(broken)).toThrow("model.safetensors.index.json");
});

test("whatever the header, it is read or told (fuzz)", async () => {
  const header = fc.oneof(
    fc.json(),
    fc
      .dictionary(
        fc.string(),
        fc.record(
          {
            dtype: fc.constantFrom("F32", "BF16", "X", 3),
            shape: fc.array(fc.oneof(fc.maxSafeNat(), fc.nat(4), fc.double())),
            data_offsets: fc.array(fc.nat(20)),
          },
          { requiredKeys: [] },
        ),
      )
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(header, fc.nat(40), fc.option(fc.nat(60)), async (text, data, cut) => {
      const bytes = file(text, data);
      try {
        for (const { bytes: size } of await read(bytes.subarray(0, cut ?? undefined), bytes.length))
          expect(size).toBeLessThanOrEqual(data);
      } catch (thrown) {
        if (!isReadError(thrown)) throw thrown;
      }
    }),
    { numRuns: 500 },
  );
});
