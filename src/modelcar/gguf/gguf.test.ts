import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { memorySource, sourceReader } from "../bytes/source-reader.ts";
import { isReadError } from "../http/types.ts";
import { readModelFacts } from "../model/read.ts";
import { testWorld } from "../model/tiny-model.fixture.ts";
import { ggufHeader } from "./gguf.fixture.ts";
import { readGgufHeader } from "./header.ts";

const METADATA = {
  "general.architecture": "llama",
  "llama.block_count": 2,
  "llama.embedding_length": 256,
  "llama.feed_forward_length": 512,
  "llama.attention.head_count": 8,
  "llama.attention.head_count_kv": 2,
  "llama.context_length": 8192,
  "tokenizer.ggml.scores": Array.from({ length: 5_000 }, () => 1),
  "tokenizer.ggml.tokens": Array.from({ length: 6_000 }, (_, at) => `token ${at}`),
  "tokenizer.ggml.types": [1, 2, 3],
  "general.flag": true,
};
const TENSORS = {
  "token_embd.weight": [12, 256, 6_000],
  "blk.0.attn_q.weight": [14, 256, 256],
  "output_norm.weight": [0, 256],
} as const;
const BYTES = (256 * 6_000 * 144) / 256 + (256 * 256 * 210) / 256 + 1024;

const read = (bytes: Uint8Array, size = bytes.length) =>
  readGgufHeader(sourceReader(memorySource(bytes)), size);

test("a GGUF file is read into facts", async () => {
  await using dir = tempDir();
  const file = join(dir.path, "tiny-Q4_K_M.gguf");
  const header = ggufHeader(METADATA, TENSORS);
  writeFileSync(file, new Uint8Array([...header, ...new Uint8Array(BYTES)]));
  const facts = await readModelFacts(file, testWorld());
  expect(facts.problems).toEqual([]);
  expect(facts).toMatchObject({
    source: "gguf",
    architecture: "LlamaForCausalLM",
    contextLimit: 8192,
    config: { vocab_size: 6_000, num_key_value_heads: 2, tie_word_embeddings: true },
    quantization: { method: "gguf Q4_K", scheme: "gguf" },
    tensors: { bytes: BYTES, parameters: 256 * 6_000 + 256 * 256 + 256, read: "gguf" },
  });
  expect(facts.quantization?.weightBits).toBeCloseTo((BYTES * 8) / (256 * 6_000 + 256 * 256 + 256), 6);
});

test("what is broken is told", async () => {
  const header = ggufHeader(METADATA, TENSORS);
  await expect(read(header.with(0, 0))).rejects.toThrow("does not begin with GGUF");
  await expect(read(header.with(4, 9))).rejects.toThrow("version 9");
  await expect(read(header.with(15, 1))).rejects.toThrow("absurd");
  await expect(read(header.subarray(0, 1_000), header.length)).rejects.toThrow("ends within its header");
  await expect(read(header)).rejects.toThrow("its tensors claim");
  await expect(read(ggufHeader({}, { x: [77, 1] }), 9_999)).rejects.toThrow("unknown type 77");
});

test("whatever the bytes, it ends and tells (fuzz)", async () => {
  const base = ggufHeader(
    { a: "b", c: [1, 2], d: ["x", "y"], "general.architecture": "llama" },
    { w: [0, 3], v: [12, 256, 2] },
  );
  const change = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(change, fc.nat(base.length), async (changes, end) => {
      const bytes = base.slice(0, end);
      for (const [at, value] of changes) if (at < end) bytes[at] = value;
      await read(bytes, 100_000).catch((thrown) => {
        if (!isReadError(thrown)) throw thrown;
      });
    }),
    { numRuns: 500 },
  );
});
