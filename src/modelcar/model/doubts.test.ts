import { beforeEach, describe, expect, test } from "bun:test";
import { rmSync, truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { ggufHeader } from "../gguf/gguf.fixture.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import { nothingCollected } from "./collect.ts";
import { expectDoubt, verdictOf } from "./doubts.fixture.ts";
import { modelFacts, type Surroundings } from "./facts.ts";
import { modelFolder } from "./model-folder.fixture.ts";
import { TINY_CONFIG, tinyFiles } from "./tiny-model.fixture.ts";
import { read } from "./tiny-registry.fixture.ts";

const { at, put, readFolder } = modelFolder();

const SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;

function tinyFolder(config: object = TINY_CONFIG): void {
  for (const { path, data } of tinyFiles(config)) put(path.replace("models/", ""), data);
}

describe("weights that a server would not find, or not take", () => {
  beforeEach(() => tinyFolder());

  test("all there: GO", async () => {
    const facts = await readFolder();
    expect(facts.doubts).toBeUndefined();
    expect(verdictOf(facts).verdict).toBe("GO");
  });

  test("a shard is missing, by its number and by the index", async () => {
    rmSync(at(SHARDS[1]));
    expectDoubt(await readFolder(), "weights-missing", `1 of 2 weight files is not there: ${SHARDS[1]}`);
    const weight_map = { a: SHARDS[0], b: SHARDS[1] };
    put("model.safetensors.index.json", JSON.stringify({ metadata: { total_size: 1e6 }, weight_map }));
    expectDoubt(await readFolder(), "weights-missing", SHARDS[1]);
  });

  test.each<[string, () => void, string]>([
    ["cut short", () => truncateSync(at(SHARDS[1]), 4_000), "lies outside the file"],
    ["longer than its tensors", () => truncateSync(at(SHARDS[1]), 400_000), "its tensors claim"],
    ["with an absurd header", () => put(SHARDS[1], new Uint8Array(64).fill(0x7f)), "its header claims"],
    ["empty", () => put(SHARDS[1], ""), "it ends before its header"],
  ])("a shard is %s", async (_, spoil, said) => {
    spoil();
    expectDoubt(await readFolder(), "weights-broken", said);
  });

  test("the only file is broken", async () => {
    for (const shard of SHARDS) rmSync(at(shard));
    put("model.safetensors", new Uint8Array(100));
    expectDoubt(await readFolder(), "weights-broken", "model.safetensors: the safetensors file is broken");
  });

  test("the index is none", async () => {
    put("model.safetensors.index.json", "{");
    expectDoubt(await readFolder(), "weights-broken", "model.safetensors.index.json is not JSON");
  });

  test("there are none at all", async () => {
    for (const shard of SHARDS) rmSync(at(shard));
    expectDoubt(await readFolder(), "weights-missing", "there are no weights");
  });

  test("PyTorch's files are numbered, too", async () => {
    for (const shard of SHARDS) rmSync(at(shard));
    put("pytorch_model-00001-of-00002.bin", new Uint8Array(10_000));
    expectDoubt(await readFolder(), "weights-missing", "pytorch_model-00002-of-00002.bin");
  });
});

describe("in an image", () => {
  const TAR = "application/vnd.oci.image.layer.v1.tar";

  test("a shard that is in no layer, weights in none, a layer that is no tar", async () => {
    using registry = ociRegistry();
    const [config, one, two] = tinyFiles();
    registry.image("1", [registry.blob(makeTar([config!, one!]))]);
    expectDoubt(await read(registry), "weights-missing", SHARDS[1]);
    registry.image("2", [registry.blob(makeTar([config!]))]);
    expectDoubt(await read(registry, {}, "2"), "weights-missing", "there are no weights");
    registry.image("3", [
      registry.blob(makeTar([config!, one!, two!])),
      registry.blob(new Uint8Array(700).fill(7)),
    ]);
    expectDoubt(await read(registry, {}, "3"), "weights-broken", "is not a whole tar archive");
  });

  test("a model in one compressed layer of which not all was read is not accused", async () => {
    using registry = ociRegistry();
    const [config, one, two] = tinyFiles();
    const noise = {
      path: "models/model-00001-of-00002.bin",
      data: crypto.getRandomValues(new Uint8Array(40_000_000)),
    };
    const tar = makeTar([config!, one!, noise, two!]);
    registry.image("1", [registry.blob(new Uint8Array(gzipSync(tar, { level: 1 })), `${TAR}+gzip`)]);
    const facts = await read(registry);
    expect(facts.doubts).toBeUndefined();
    expect(facts.problems.join("\n")).toContain("read only in part");
    expect(facts.problems.join("\n")).toContain("1 of the weight files were not read");
    const [, bytes] = /^(\d+) bytes were used/m.exec(facts.evidence.join("\n")) ?? [];
    expect(Number(bytes)).toBeLessThan(2_000_000);
  });
});

describe("GGUF", () => {
  const LLAMA = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.embedding_length": 256,
    "llama.feed_forward_length": 512,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 4,
    "llama.context_length": 2048,
    "llama.vocab_size": 512,
  };
  const file = (metadata: Record<string, string | number> = LLAMA, rows = 512): Uint8Array => {
    const header = ggufHeader(metadata, { "token_embd.weight": [12, 256, rows] });
    const whole = new Uint8Array(header.length + rows * 144);
    whole.set(header);
    return whole;
  };

  test("parts of a split one that are missing, whether the folder or the first part is named", async () => {
    for (const part of [1, 2, 3]) put(`m-0000${part}-of-00003.gguf`, file());
    expect(verdictOf(await readFolder())).toMatchObject({ verdict: "GO" });
    expect((await readFolder("m-00001-of-00003.gguf")).tensors?.bytes).toBe(512 * 144);
    rmSync(at("m-00002-of-00003.gguf"));
    for (const name of [".", "m-00001-of-00003.gguf"])
      expectDoubt(await readFolder(name), "weights-missing", "m-00002-of-00003.gguf");
  });

  test("one that is cut behind its header is broken", async () => {
    put("m.gguf", file().subarray(0, 2_000));
    const facts = await readFolder("m.gguf");
    expect(facts.problems.join("\n")).toContain("its tensors claim");
    expect(verdictOf(facts).verdict).toBe("UNKNOWN");
  });

  test("an architecture that vLLM is not known to have is no GO", async () => {
    put(
      "m.gguf",
      file(
        Object.fromEntries(
          Object.entries(LLAMA).map(([key, value]) => [
            key.replace("llama", "foobarch"),
            value === "llama" ? "foobarch" : value,
          ]),
        ),
      ),
    );
    const { verdict, reason } = verdictOf(await readFolder("m.gguf"));
    expect(verdict).toBe("UNKNOWN");
    expect(reason).toContain("foobarch is not in the registry of vLLM");
  });

  test("of several the largest is taken, in whatever order they come", () => {
    const around: Surroundings = {
      ...{ reference: "hf://o/m-GGUF", source: "hub", digest: undefined, container: undefined },
      ...{ licence: undefined, evidence: [], problems: [] },
    };
    const header = (bytes: number) => ({
      metadata: new Map<string, string | number>(Object.entries(LLAMA)),
      tensors: [{ name: "token_embd.weight", dtype: "Q4_K", shape: [1], bytes }],
    });
    const files = [
      ["m-Q2_K.gguf", 3e9],
      ["m-Q8_0.gguf", 8e9],
      ["m-Q4_K_M.gguf", 5e9],
    ] as const;
    for (const order of [files, files.toReversed()]) {
      const collected = nothingCollected();
      for (const [name, bytes] of order) collected.gguf.set(name, header(bytes));
      const facts = modelFacts(collected, around);
      expect(facts.tensors?.bytes).toBe(8e9);
      expect(facts.problems).toEqual([
        "there are several GGUF files; m-Q8_0.gguf, the largest, was taken: name one",
      ]);
    }
  });
});
