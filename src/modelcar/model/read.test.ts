import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type OciBehaviour, ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { makeSafetensors } from "../safetensors/safetensors.fixture.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import { readModelFacts } from "./read.ts";
import { TINY_BYTES, TINY_CONFIG, testWorld, tinyFiles } from "./tiny-model.fixture.ts";
import { expectTiny, read, tinyRegistry } from "./tiny-registry.fixture.ts";

const TAR = "application/vnd.oci.image.layer.v1.tar";

test("reads a model out of an image", async () => {
  using registry = tinyRegistry();
  const facts = await read(registry);
  expectTiny(facts);
  expect(facts).toMatchObject({
    source: "registry",
    licence: "apache-2.0",
    container: { layers: 2, architectures: ["amd64"] },
  });
  expect(facts.tensors?.byGroup).toMatchObject({ embedding: 65_536, head: 65_536, norms: 256 });
});

test.each([
  ["gzip", (tar: Uint8Array) => gzipSync(tar), `${TAR}+gzip`],
  ["zstd", (tar: Uint8Array) => zstdCompressSync(tar), `${TAR}+zstd`],
  ["gzip that its media type hides", (tar: Uint8Array) => gzipSync(tar), TAR],
] as const)("a layer in %s is streamed", async (_, pack, mediaType) => {
  for (const behaviour of [{}, { noRanges: true }, { cdn: true }]) {
    using registry = ociRegistry(behaviour);
    // Noise, so that the layer is not small.
    const noise = { path: "models/z.bin", data: crypto.getRandomValues(new Uint8Array(65_536)) };
    const files = [
      ...tinyFiles(),
      ...Array.from({ length: 8 }, (_, at) => ({ ...noise, path: `models/z${at}` })),
    ];
    registry.image("1", [registry.blob(new Uint8Array(pack(makeTar(files))), mediaType)]);
    expectTiny(await read(registry));
  }
});

test.each<OciBehaviour>([{ noRanges: true }, { cdn: true }, { cdn: true, auth: "bearer" }])(
  "a large layer is read however the registry serves it: %j",
  async (behaviour) => {
    using registry = ociRegistry(behaviour);
    const files = [...tinyFiles(), { path: "models/z.bin", data: new Uint8Array(2_000_000) }];
    registry.image("1", [registry.blob(makeTar(files))]);
    expectTiny(await read(registry));
  },
);

test.each([false, true])(
  "layers with one noted file each (olot, ModelPack, ORAS): only those that matter are asked for (no ranges: %p)",
  async (noRanges) => {
    using registry = ociRegistry({ noRanges });
    const layers = tinyFiles().flatMap(({ path, data }) => {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      return path.endsWith("config.json")
        ? registry.blob(makeTar([{ path, data }]), TAR, { "olot.layer.content.inlayerpath": `/${path}` })
        : registry.blob(bytes, "application/vnd.cncf.model.weight.v1.raw", {
            "org.cncf.model.filepath": path,
          });
    });
    const base = registry.blob(new Uint8Array(gzipSync(new Uint8Array(3_000_000))), `${TAR}+gzip`);
    const large = new Uint8Array(makeSafetensors({ x: ["F32", 1_000, 100] }));
    const other = registry.blob(large, "application/vnd.cncf.model.weight.v1.raw", {
      "org.cncf.model.filepath": "draft/model.safetensors",
    });
    registry.image("1", [base, ...layers, other]);
    expectTiny(await read(registry));
    const asked = registry.requests.map(({ path }) => path);
    expect(asked.some((path) => path.includes(layers[3]!.digest))).toBe(false); // tokenizer.json
  },
);

test("a file on top of another counts", async () => {
  using registry = ociRegistry();
  const config = { ...TINY_CONFIG, max_position_embeddings: 4096 };
  registry.image("1", [
    registry.blob(makeTar([...tinyFiles(), { path: "models/z.bin", data: new Uint8Array(2_000_000) }])),
    registry.blob(makeTar([{ path: "models/config.json", data: JSON.stringify(config) }])),
  ]);
  expect((await read(registry)).contextLimit).toBe(4096);
});

test("of an index the platform's image is taken, attestations are not", async () => {
  using registry = tinyRegistry();
  const layer = registry.blob(makeTar(tinyFiles()));
  const amd64 = { ...registry.image("a", [layer]), platform: { os: "linux", architecture: "amd64" } };
  const arm64 = { ...registry.image("b", [layer, layer]), platform: { os: "linux", architecture: "arm64" } };
  const proof = { ...registry.image("c", []), platform: { os: "unknown", architecture: "unknown" } };
  registry.index("all", [proof, arm64, amd64]);
  const facts = await read(registry, {}, "all");
  expectTiny(facts);
  expect(facts.container).toMatchObject({ layers: 1, architectures: ["arm64", "amd64"] });
  expect((await read(registry, { architecture: "arm64" }, "all")).container?.layers).toBe(2);
});

test("what is not what its digest promises is refused", async () => {
  using registry = tinyRegistry({ tamper: true });
  const { problems } = await read(registry);
  expect(problems.join("\n")).toContain("is not what its digest promises");
  registry.behaviour = {};
  const wrong = `oci://${registry.host}/org/model@sha256:${"0".repeat(64)}`;
  expect((await readModelFacts(wrong, testWorld())).problems[0]).toContain("has no org/model@sha256:000");
});

test("a registry that is not there is told", async () => {
  const { problems } = await readModelFacts("localhost:1/org/granite-3.1-8b-instruct-fp8:1", testWorld());
  expect(problems[0]).toContain("localhost:1 cannot be reached");
});

test("what others wrote steers no terminal", async () => {
  using registry = ociRegistry();
  const config = {
    ...TINY_CONFIG,
    architectures: ["\u001b[2JLlama"],
    hidden_size: "\u001b[2J",
    quantization_config: { quant_method: "\u001b[31m" },
  };
  const evil = { path: "models/\u001b[2J.safetensors", data: "x" };
  const annotations = { "org.opencontainers.image.licenses": "\u001b[2J" };
  registry.image("1", [registry.blob(makeTar([...tinyFiles(config), evil]))], { annotations });
  const facts = await read(registry);
  const { quantization: _, config: __, ...shown } = facts;
  expect(JSON.stringify(shown)).not.toContain("\\u001b");
  expect(facts).toMatchObject({ architecture: undefined, licence: "apache-2.0" });
});

test("a config that lies against the tensors is told", async () => {
  using registry = ociRegistry();
  registry.image("1", [
    registry.blob(
      makeTar(tinyFiles({ ...TINY_CONFIG, hidden_size: 32, num_hidden_layers: 8, num_key_value_heads: 4 })),
    ),
  ]);
  const facts = await read(registry);
  expect(facts.doubts?.every(({ code }) => code === "config-contradicted")).toBe(true);
  expect(facts.problems.join("\n")).toContain("hidden_size 32");
  expect(facts.problems.join("\n")).toContain("num_hidden_layers 8, the tensors have 2 layers");
});

test("is cached by digest: a tag is believed for a while, then asked again", async () => {
  await using dir = tempDir();
  using registry = tinyRegistry();
  let time = 1_000_000;
  const world = { stateFolder: dir.path, now: () => time, tagAgeMs: 60_000 };
  const facts = await read(registry, world);
  registry.requests.length = 0;
  expect(await read(registry, world)).toMatchObject({ tensors: facts.tensors, digest: facts.digest });
  expect(registry.requests).toEqual([]);
  time += 60_001;
  expectTiny(await read(registry, world));
  expect(registry.requests.map(({ path }) => path)).toEqual(["/v2/org/model/manifests/1"]);
  const [version = ""] = readdirSync(join(dir.path, "model-car"));
  const folder = join(dir.path, "model-car", version, "facts");
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, name), '{"key": 1'); // damaged: read again
  }
  expectTiny(await read(registry, world));
});

test("a registry that sends too little is asked again; what it never sends is not kept", async () => {
  await using dir = tempDir();
  using registry = ociRegistry();
  const files = [...tinyFiles(), { path: "models/z.bin", data: new Uint8Array(2_000_000) }];
  registry.image("1", [registry.blob(makeTar(files))]);
  let short = 1;
  const cutting = async (url: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (response.status !== 206 || short-- <= 0) return response;
    return new Response((await response.bytes()).slice(0, 10), { status: 206, headers: response.headers });
  };
  expectTiny(await read(registry, { fetch: cutting }));
  const world = { stateFolder: dir.path, tagAgeMs: 0 };
  short = 1_000;
  const cut = await read(registry, { ...world, fetch: cutting });
  expect(cut).toMatchObject({ source: "registry", estimatedFromName: true, container: { layers: 1 } });
  expect(cut.problems[0]).toContain("sent 10 of the");
  expect(cut.problems[1]).toBe("no config.json was seen in what was read");
  expectTiny(await read(registry, world));
});

test("what is broken is not kept, with --refresh and without", async () => {
  await using dir = tempDir();
  using registry = tinyRegistry({ tamper: true });
  const world = { stateFolder: dir.path };
  expect((await read(registry, world)).doubts?.[0]?.code).toBe("weights-broken");
  registry.behaviour = {};
  expectTiny(await read(registry, world));
});

test("a folder is read again only when a file of it has changed", async () => {
  await using dir = tempDir();
  mkdirSync(join(dir.path, "models"));
  for (const { path, data } of tinyFiles()) writeFileSync(join(dir.path, path), data);
  const world = testWorld({ cwd: dir.path, stateFolder: join(dir.path, "state") });
  const first = await readModelFacts("./models", world);
  const again = await readModelFacts("./models", world);
  expect(again).toEqual(first);
  const changed = JSON.stringify({ ...TINY_CONFIG, max_position_embeddings: 4096 });
  writeFileSync(join(dir.path, "models/config.json"), changed);
  expect((await readModelFacts("./models", world)).contextLimit).toBe(4096);
  const size = statSync(join(dir.path, "models/config.json")).size;
  writeFileSync(join(dir.path, "models/config.json"), changed.replace("4096", "8192"));
  utimesSync(join(dir.path, "models/config.json"), 1, 1);
  expect(statSync(join(dir.path, "models/config.json")).size).toBe(size);
  expect((await readModelFacts("./models", world)).contextLimit).toBe(8192);
});

test("a state folder that cannot be written is told, and keeps no one from reading", async () => {
  await using dir = tempDir();
  using registry = tinyRegistry();
  const stateFolder = join(dir.path, "file");
  writeFileSync(stateFolder, "");
  const facts = await read(registry, { stateFolder });
  expect(facts.tensors?.bytes).toBe(TINY_BYTES);
  expect(facts.problems).toEqual([expect.stringContaining("is not kept in")]);
});

test("reads a folder, and says when it holds no model", async () => {
  await using dir = tempDir();
  mkdirSync(join(dir.path, "models"));
  mkdirSync(join(dir.path, "empty"));
  for (const { path, data } of tinyFiles()) writeFileSync(join(dir.path, path), data);
  const facts = await readModelFacts("./models", testWorld({ cwd: dir.path }));
  expectTiny(facts);
  expect(facts).toMatchObject({ source: "folder", licence: "apache-2.0" });
  const empty = await readModelFacts("./empty", testWorld({ cwd: dir.path }));
  expect(empty.problems[0]).toContain("holds no file of a model");
  expect((await readModelFacts("/nowhere/at/all", testWorld())).problems[0]).toContain(
    "there is no such file",
  );
});

test("PyTorch's files are sized, Mistral's params.json is read", async () => {
  await using dir = tempDir();
  const put = (name: string, data: string | Uint8Array) => writeFileSync(join(dir.path, name), data);
  put("pytorch_model-00001-of-00002.bin", new Uint8Array(1_000));
  put("pytorch_model-00002-of-00002.bin", new Uint8Array(500));
  const moe = { num_experts: 8, num_experts_per_tok: 2 };
  put(
    "params.json",
    JSON.stringify({ dim: 64, n_layers: 2, n_heads: 4, n_kv_heads: 2, hidden_dim: 128, moe }),
  );
  const facts = await readModelFacts(dir.path, testWorld());
  expect(facts).toMatchObject({
    architecture: "MixtralForCausalLM",
    tensors: { bytes: 1_500, read: "files" },
    config: { hidden_size: 64, num_local_experts: 8, intermediate_size: 128 },
    problems: [],
  });
});

test("a server that does not answer is waited for no longer than told", async () => {
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Promise<Response>(() => {}) });
  const facts = await readModelFacts(`127.0.0.1:${server.port}/org/m:1`, testWorld({ patienceMs: 20 }));
  expect(facts.problems[0]).toContain("no answer came within 0.02 s");
});

test("the signal ends it, with its reason", async () => {
  using registry = tinyRegistry();
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(read(registry, { signal })).rejects.toThrow("enough");
});

test.each([
  "s3://bucket/model",
  "granite",
  "oci://host/UPPER:1",
  "hf://nope",
  "oci://",
  "file://%zz",
  "file://host/x",
])("%s is told as no place to read from", async (reference) => {
  const facts = await readModelFacts(reference, testWorld());
  expect(facts.source).toBe("name");
  expect(facts.problems[0]).toMatch(/not|neither|cannot/);
});
