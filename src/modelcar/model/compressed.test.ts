import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import { TINY_BYTES, TINY_CONFIG, tinyFiles } from "./tiny-model.fixture.ts";
import { expectTiny, read } from "./tiny-registry.fixture.ts";

const TAR = "application/vnd.oci.image.layer.v1.tar";

test("a compressed layer that would take too much is read in part, and told", async () => {
  using registry = ociRegistry();
  const files = [
    tinyFiles()[0]!,
    { path: "models/model.safetensors", data: new Uint8Array(50_000_000) },
    ...tinyFiles().slice(1),
  ];
  registry.image("1", [
    registry.blob(new Uint8Array(gzipSync(makeTar(files), { level: 1 })), `${TAR}+gzip`),
    registry.blob(new Uint8Array(300_000)),
  ]);
  const facts = await read(registry, { streamBytes: 1_000_000 });
  expect(facts.config).toMatchObject(TINY_CONFIG);
  expect(facts.tensors).toBeUndefined();
  expect(facts.problems.join("\n")).toContain("read only in part");
});

test("compressed layers with a shard each are left as soon as all headers are seen", async () => {
  using registry = ociRegistry();
  const noise = crypto.getRandomValues(new Uint8Array(3_000_000));
  const packed = tinyFiles()
    .slice(0, 3)
    .map((file, at) => makeTar([file, { path: `models/noise${at}`, data: noise }]))
    .map((tar) => registry.blob(new Uint8Array(gzipSync(tar)), `${TAR}+gzip`));
  registry.image("1", packed);
  const facts = await read(registry, { streamBytes: 1_000_000 });
  expect(facts.tensors).toMatchObject({ bytes: TINY_BYTES, read: "headers" });
  expect(facts.problems).toEqual([]);
});

test("of large compressed layers with a file each, next to nothing is unpacked", async () => {
  using registry = ociRegistry();
  const data = crypto.getRandomValues(new Uint8Array(40_000_000));
  const layers = tinyFiles()
    .slice(0, 3)
    .map((file, at) => makeTar([file, { path: `models/model-of-${at}.bin`, data }]))
    .map((tar) => registry.blob(new Uint8Array(gzipSync(tar, { level: 0 })), `${TAR}+gzip`));
  registry.image("1", layers);
  const facts = await read(registry);
  expect(facts).toMatchObject({ problems: [], tensors: { bytes: TINY_BYTES, read: "headers" } });
  const [, bytes] = /^(\d+) bytes were used/m.exec(facts.evidence.join("\n")) ?? [];
  expect(Number(bytes)).toBeLessThan(0.05 * 120_000_000);
});

test("a config behind the weights of a compressed layer is gone for, as nothing else tells it", async () => {
  using registry = ociRegistry();
  const [config, ...rest] = tinyFiles();
  const noise = { path: "models/z.bin", data: crypto.getRandomValues(new Uint8Array(40_000_000)) };
  const tar = makeTar([noise, ...rest, config!]);
  registry.image("1", [registry.blob(new Uint8Array(gzipSync(tar, { level: 0 })), `${TAR}+gzip`)]);
  expectTiny(await read(registry));
});
