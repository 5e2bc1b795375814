import { expect, test } from "bun:test";
import fc from "fast-check";
import { memorySource, sourceReader } from "../bytes/source-reader.ts";
import { streamReader } from "../bytes/stream-reader.ts";
import { isReadError } from "../http/types.ts";
import { makeTar, paxRecord, type TarEntry, tarHeader } from "./tar.fixture.ts";
import { walkTar } from "./walk.ts";

async function* pieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Both ways to read must show the same. */
async function listed(bytes: Uint8Array): Promise<string[]> {
  const byRanges: string[] = [];
  await walkTar(
    sourceReader(memorySource(bytes), { ahead: 600 }),
    bytes.length,
    async ({ path, size, body }) => {
      byRanges.push(`${path}:${size}:${new TextDecoder().decode(await body.read(4))}`);
      return undefined;
    },
  );
  const streamed: string[] = [];
  await walkTar(streamReader(pieces(bytes), 10_000_000), undefined, async ({ path, size, body }) => {
    streamed.push(`${path}:${size}:${new TextDecoder().decode(await body.read(4))}`);
    return undefined;
  });
  expect(streamed).toEqual(byRanges);
  return byRanges;
}

const LONG = `models/${"very-".repeat(40)}long.json`;

test("shows files, with long names of both kinds, and nothing else", async () => {
  const entries: TarEntry[] = [
    { path: "models/", type: "5" },
    { path: "./models/a", data: "abcdef" },
    { path: "models/link", type: "2", claim: 999_999 },
    { path: LONG, data: "pax!", long: "pax" },
    { path: `${LONG}2`, data: "gnu!", long: "gnu" },
    { path: "../../etc/passwd", data: "evil" },
    { path: "/models/b", data: "x".repeat(3_000) },
    { path: "models/empty" },
  ];
  const expected = [
    "models/a:6:abcd",
    `${LONG}:4:pax!`,
    `${LONG}2:4:gnu!`,
    "models/b:3000:xxxx",
    "models/empty:0:",
  ];
  expect(await listed(makeTar(entries))).toEqual(expected);
  expect(await listed(makeTar(entries, { end: false }))).toEqual(expected);
});

const failing = async (bytes: Uint8Array): Promise<string> => {
  try {
    await listed(bytes);
  } catch (thrown) {
    if (isReadError(thrown)) return thrown.message;
    throw thrown;
  }
  throw new Error("it is taken");
};

test("what is broken or hostile is told", async () => {
  const whole = makeTar([{ path: "a", data: "x".repeat(2_000) }]);
  expect(await failing(whole.subarray(0, 300))).toContain("ends within a header");
  expect(await failing(whole.subarray(0, 1_000))).toContain('"a" goes beyond its end');
  expect(await failing(whole.with(0, 66))).toContain("checksum is wrong");
  expect(await failing(new Uint8Array(1024).fill(255))).toContain("absurd");
  expect(await failing(new Uint8Array())).toContain("ends within a header");
  expect(await failing(makeTar([{ path: "a", claim: 8 ** 11 - 1 }]))).toContain("beyond its end");
  expect(await failing(makeTar([{ path: "n", type: "L", data: "y".repeat(70_000) }]))).toContain(
    "70000 bytes",
  );
  for (const record of ["99 path=x\n", "0 path=x\n", "path=x", "-3 a=b\n", "999999999 a=b\n"])
    expect(await failing(makeTar([{ path: "p", type: "x", data: record }]))).toContain("no sound length");
  expect(
    await failing(makeTar([{ path: "p", type: "x", data: paxRecord("size", "9".repeat(17)) }])),
  ).toContain("absurd size");
});

test("sizes beyond 8 GiB are read in base 256 and pax", async () => {
  const size = 20_000_000_000;
  const block = tarHeader("big", 0);
  block.set([0x80, 0, 0, 0, 0, 0, 0, 4, 0xa8, 0x17, 0xc8, 0], 124);
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  const pax = makeTar([{ path: "h", type: "x", data: paxRecord("size", String(size)) }], { end: false });
  for (const bytes of [block, new Uint8Array([...pax, ...tarHeader("big", 0)])]) {
    const seen: number[] = [];
    const source = {
      size: 2 * size,
      read: async (at: number, length: number) => bytes.slice(at, at + length),
    };
    await walkTar(sourceReader(source, { ahead: 0 }), 2 * size, async (file) => {
      seen.push(file.size);
      return "stop";
    });
    expect(seen).toEqual([size]);
  }
});

test("a stream's budget is not spent on what would go beyond it", async () => {
  const bytes = makeTar([{ path: "a", data: "x".repeat(100_000) }, { path: "b" }]);
  let taken = 0;
  async function* counted() {
    for await (const piece of pieces(bytes)) {
      taken += piece.length;
      yield piece;
    }
  }
  const reader = streamReader(counted(), 50_000);
  await expect(walkTar(reader, undefined, async () => undefined)).rejects.toThrow("more than 50000 bytes");
  expect(taken).toBeLessThan(2_000);
});

test("whatever the bytes, it ends and tells (fuzz)", async () => {
  const base = makeTar([
    { path: "a", data: "x" },
    { path: LONG, data: "y".repeat(900), long: "pax" },
    { path: "c", data: "z", long: "gnu" },
  ]);
  const change = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(change, fc.nat(base.length), fc.boolean(), async (changes, end, sound) => {
      const bytes = base.slice(0, end);
      for (const [at, value] of changes) if (at < end) bytes[at] = value;
      if (sound) fixSums(bytes);
      const before = performance.now();
      await failing(bytes).catch((thrown) => expect(thrown.message).toBe("it is taken"));
      expect(performance.now() - before).toBeLessThan(2_000);
    }),
    { numRuns: 500 },
  );
});

/** Makes the checksums right, so that the fuzz comes further. */
function fixSums(bytes: Uint8Array): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (new TextDecoder().decode(block.subarray(257, 262)) !== "ustar") continue;
    block.fill(32, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
}
