import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dockerRegistry, registryMissing } from "../../../test/peers/docker-registry.ts";
import { readModelFacts } from "../model/read.ts";
import { TINY_BYTES, testWorld, tinyFiles } from "../model/tiny-model.fixture.ts";
import { safetensorsHeader } from "../safetensors/safetensors.fixture.ts";
import { makeTar, tarHeader } from "../tar/tar.fixture.ts";

const missing = registryMissing();
if (missing !== undefined) console.error(`skipped: ${missing}`);

const OCI = "application/vnd.oci.image";
const GIB = 1_073_741_824;

interface Blob {
  digest: string;
  size: number;
  mediaType: string;
}

/** An OCI image layout on disk. */
function layoutIn(dir: string) {
  const blobs = join(dir, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  writeFileSync(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const put = (bytes: Uint8Array, mediaType: string): Blob => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length, mediaType };
  };
  const json = (value: unknown, mediaType: string) =>
    put(new TextEncoder().encode(JSON.stringify(value)), mediaType);
  return {
    put,
    /** A file that was written elsewhere. */
    async take(path: string, size: number, mediaType: string): Promise<Blob> {
      const sum = createHash("sha256");
      for await (const chunk of createReadStream(path, { highWaterMark: 4_194_304 })) sum.update(chunk);
      const hex = sum.digest("hex");
      renameSync(path, join(blobs, hex));
      return { digest: `sha256:${hex}`, size, mediaType };
    },
    image(layers: readonly (Blob & { diffId?: string })[]) {
      const rootfs = { type: "layers", diff_ids: layers.map(({ digest, diffId }) => diffId ?? digest) };
      const config = json(
        { architecture: "amd64", os: "linux", config: {}, rootfs },
        `${OCI}.config.v1+json`,
      );
      const plain = layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType }));
      const manifest = json(
        { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: plain },
        `${OCI}.manifest.v1+json`,
      );
      const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "1" } };
      writeFileSync(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
      return `${dir}:1`;
    },
  };
}

/** Counts what comes over the wire in bodies. */
function countingFetch() {
  const count = { bytes: 0 };
  const counted = async (url: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          count.bytes += chunk.length;
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(body, response);
  };
  return { count, fetch: counted };
}

test.skipIf(missing !== undefined)(
  "of a layer of 1 GiB in a real registry, less than 0.01 % is read",
  async () => {
    await using registry = await dockerRegistry();
    const layout = layoutIn(join(registry.dir, "layout"));
    const hidden = 4096;
    const rows = (GIB / 2 - hidden) / hidden;
    const { header, size } = safetensorsHeader({
      "model.embed_tokens.weight": ["BF16", rows, hidden],
      "model.norm.weight": ["BF16", hidden],
    });
    const config = JSON.stringify({
      architectures: ["LlamaForCausalLM"],
      hidden_size: hidden,
      vocab_size: rows,
    });
    const before = makeTar([{ path: "models/config.json", data: config }], { end: false });
    const after = makeTar([{ path: "models/generation_config.json", data: "{}" }]);
    const data = Math.ceil(size / 512) * 512;
    const total = before.length + 512 + data + after.length;
    const file = join(registry.dir, "layer.tar");
    const handle = openSync(file, "w");
    ftruncateSync(handle, total); // sparse: the weights are a hole
    writeSync(handle, before, 0, before.length, 0);
    writeSync(handle, tarHeader("models/model.safetensors", size), 0, 512, before.length);
    writeSync(handle, header, 0, header.length, before.length + 512);
    writeSync(handle, after, 0, after.length, before.length + 512 + data);
    closeSync(handle);
    const layer = await layout.take(file, total, `${OCI}.layer.v1.tar`);
    await registry.push(layout.image([layer]), "org/large:1");
    const { count, fetch } = countingFetch();
    const facts = await readModelFacts(`oci://${registry.host}/org/large:1`, testWorld({ fetch }));
    expect(facts.problems).toEqual([]);
    expect(facts.tensors).toMatchObject({ bytes: GIB, parameters: GIB / 2, read: "headers" });
    expect(facts.container?.bytes).toBe(total);
    expect(count.bytes).toBeLessThan(total / 10_000);
  },
  180_000,
);

test.skipIf(missing !== undefined)(
  "an image that skopeo pushed with gzip layers is read, too",
  async () => {
    await using registry = await dockerRegistry();
    const layout = layoutIn(join(registry.dir, "layout"));
    const tar = makeTar(tinyFiles());
    const diffId = `sha256:${createHash("sha256").update(tar).digest("hex")}`;
    const layer = { ...layout.put(new Uint8Array(gzipSync(tar)), `${OCI}.layer.v1.tar+gzip`), diffId };
    await registry.push(layout.image([layer]), "org/tiny:1");
    const facts = await readModelFacts(`${registry.host}/org/tiny:1`, testWorld());
    expect(facts.problems).toEqual([]);
    expect(facts.tensors?.bytes).toBe(TINY_BYTES);
    const none = await readModelFacts(`${registry.host}/org/none:1`, testWorld());
    expect(none.problems[0]).toContain("has no org/none:1");
  },
  60_000,
);
