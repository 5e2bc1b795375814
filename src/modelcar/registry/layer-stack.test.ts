import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { nothingCollected } from "../model/collect.ts";
import { TINY_BYTES, TINY_CONFIG, tinyFiles } from "../model/tiny-model.fixture.ts";
import { expectTiny, read } from "../model/tiny-registry.fixture.ts";
import { makeTar, type TarEntry } from "../tar/tar.fixture.ts";
import { type LayerContents, stackOf } from "./layer-stack.ts";
import { hides, type Whiteout, whiteoutOf } from "./whiteout.ts";

test.each<[string, Whiteout | undefined]>([
  ["models/.wh.config.json", { kind: "path", path: "models/config.json" }],
  [".wh.models", { kind: "path", path: "models" }],
  ["models/.wh..wh..opq", { kind: "contents", path: "models" }],
  [".wh..wh..opq", { kind: "contents", path: "" }],
  ["models/.wh..hidden", { kind: "path", path: "models/.hidden" }],
  ["models/.wh..wh.plnk", undefined],
  ["models/.wh.", undefined],
  ["models/.wh..", undefined],
  ["models/.wh...", undefined],
  ["models/a.wh.b", undefined],
  [".wh.x/config.json", undefined],
])("%s", (path, expected) => {
  expect(whiteoutOf(path)).toEqual(expected);
});

const layer = (
  place: number,
  files: readonly string[],
  whiteouts: readonly Whiteout[] = [],
): LayerContents => {
  const collected = nothingCollected();
  for (const path of files) {
    collected.sizes.set(path, place);
    collected.texts.set(path, `of ${place}`);
  }
  return { place, collected, whiteouts };
};

test("what is seen is what a container would see, in whatever order layers are read (property)", () => {
  const path = fc.constantFrom("a", "b", "m/a", "m/b", "m/n/a", "m", "ma", "m/n");
  const mark = fc.record({ kind: fc.constantFrom("path", "contents"), path }) as fc.Arbitrary<Whiteout>;
  const one = fc.record({
    files: fc.uniqueArray(path, { maxLength: 4 }),
    marks: fc.array(mark, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), fc.nat(), (all, turn) => {
      const layers = all.map(({ files, marks }, place) => layer(place, files, marks));
      const turned = layers.map((_, at) => layers[(at + turn) % layers.length]!);
      const { collected, places } = stackOf(turned);
      const visible = (file: string, place: number): boolean =>
        all
          .slice(place + 1)
          .every(
            ({ files, marks }) =>
              !files.some((above) => above === file || file.startsWith(`${above}/`)) &&
              !marks.some((each) => hides(each, file)),
          );
      const expected = all.flatMap(({ files }, place) =>
        files.filter((file) => visible(file, place)).map((file): [string, string] => [file, `of ${place}`]),
      );
      expect([...collected.texts].sort()).toEqual([...expected].sort());
      expect([...places.keys()].sort()).toEqual([...collected.sizes.keys()].sort());
    }),
    { numRuns: 500 },
  );
});

describe("in a registry", () => {
  const large = { path: "models/z.bin", data: new Uint8Array(2_000_000) };
  const LONGER = JSON.stringify({ ...TINY_CONFIG, max_position_embeddings: 4096 });
  const SHARD = "models/model-00002-of-00002.safetensors";

  async function facts(...layers: readonly TarEntry[][]) {
    using registry = ociRegistry();
    registry.image(
      "1",
      layers.map((entries) => registry.blob(makeTar(entries))),
    );
    return await read(registry);
  }

  test("a config that a layer above removes is not read", async () => {
    const { config, evidence, source } = await facts(
      [...tinyFiles(), large],
      [{ path: "models/.wh.config.json" }],
    );
    expect(config).toBeUndefined();
    expect(source).toBe("registry");
    expect(evidence.join("\n")).toContain("models/config.json of a lower layer is removed by one above it");
  });

  test("a shard that is removed is missing, and told", async () => {
    const { problems, tensors } = await facts(
      [...tinyFiles(), large],
      [{ path: `models/.wh.${SHARD.slice(7)}` }],
    );
    expect(tensors?.bytes ?? 0).toBeLessThan(TINY_BYTES);
    expect(problems.join("\n")).toContain("00002-of-00002");
  });

  test("of a folder that is made opaque only what its layer holds is left", async () => {
    const old = [
      { path: "models/config.json", data: LONGER },
      { path: "models/model-00003-of-00003.safetensors", data: "old" },
    ];
    for (const mark of ["models/.wh..wh..opq", ".wh.models", ".wh..wh..opq"])
      expectTiny(await facts([...old, large], [{ path: mark }, ...tinyFiles()]));
  });

  test("a marker takes nothing from its own layer, and nothing from those above", async () => {
    expectTiny(
      await facts(
        [{ path: "models/config.json", data: LONGER }, large],
        [...tinyFiles(), { path: "models/.wh.config.json" }],
      ),
    );
    expectTiny(await facts([{ path: ".wh.models" }, large], tinyFiles()));
  });

  test("a large layer above the model is looked into, though the model is whole without it", async () => {
    const config = { path: "models/config.json", data: LONGER };
    const model = [...tinyFiles(), { ...large, data: new Uint8Array(3_000_000) }];
    expect((await facts(model, [large, config])).contextLimit).toBe(4096);
    expect((await facts(model, [large, { path: "models/.wh.config.json" }])).config).toBeUndefined();
  });

  test("one below is not asked for", async () => {
    using registry = ociRegistry();
    const base = registry.blob(makeTar([{ ...large, path: "usr/x" }]));
    const model = registry.blob(makeTar([...tinyFiles(), { ...large, data: new Uint8Array(3_000_000) }]));
    registry.image("1", [base, model]);
    expectTiny(await read(registry));
    expect(registry.requests.some(({ path }) => path.includes(base.digest))).toBe(false);
  });

  test("a compressed layer above that would have to be unpacked whole is told", async () => {
    using registry = ociRegistry();
    const noise = { path: "opt/z.bin", data: crypto.getRandomValues(new Uint8Array(1_500_000)) };
    const top = makeTar([noise, { path: "opt/zz" }]);
    registry.image("1", [
      registry.blob(makeTar([...tinyFiles(), { ...large, data: new Uint8Array(3_000_000) }])),
      registry.blob(new Uint8Array(gzipSync(top)), "application/vnd.oci.image.layer.v1.tar+gzip"),
    ]);
    expectTiny(await read(registry));
    const { config, problems } = await read(registry, { streamBytes: 100_000 });
    expect(config).toMatchObject(TINY_CONFIG);
    expect(problems.join("\n")).toContain("was read only in part: it may remove or replace some");
  });

  test("what is broken below and replaced above is no problem", async () => {
    const broken = [{ path: SHARD, data: "no safetensors" }, large];
    expectTiny(await facts(broken, tinyFiles()));
  });
});
