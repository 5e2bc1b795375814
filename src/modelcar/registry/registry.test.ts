import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { retryAfterMs } from "../http/retry.ts";
import { isReadError } from "../http/types.ts";
import { readModelFacts } from "../model/read.ts";
import { TINY_BYTES, testWorld, tinyFiles } from "../model/tiny-model.fixture.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import { parseChallenge } from "./challenge.ts";
import { readLogins } from "./logins.ts";
import { apiUrl, parseImageReference, referenceText } from "./reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

test.each([
  ["oci://quay.io/org/name:1.5", "quay.io/org/name:1.5"],
  ["docker://localhost:5000/a/b/c", "localhost:5000/a/b/c:latest"],
  [`registry.example/name:tag@${DIGEST}`, `registry.example/name:tag@${DIGEST}`],
  [`registry.example/name@${DIGEST}`, `registry.example/name@${DIGEST}`],
  ["org/name:1", "docker.io/org/name:1"],
  ["name", "docker.io/library/name:latest"],
])("%s is %s", (text, expected) => {
  expect(referenceText(parseImageReference(text))).toBe(expected);
});

test.each([
  "oci://quay.io/Org/name",
  "quay.io/a:b:c",
  "quay.io/a@sha256:12",
  "quay.io/../a",
  "quay.io/a b",
  "quay.io/",
  "",
  "quay.io/a:-tag",
  "user@host/x",
])("%j is no image reference", (text) => {
  expect(() => parseImageReference(text)).toThrow("is not an image reference");
});

test("plain HTTP is for this machine and registries named insecure", () => {
  const url = (text: string, insecure?: string[]) => apiUrl(parseImageReference(text), insecure);
  expect(url("quay.io/a/b:1")).toBe("https://quay.io/v2/a/b");
  expect(url("a/b:1")).toBe("https://registry-1.docker.io/v2/a/b");
  expect(url("localhost:5000/a/b:1")).toBe("http://localhost:5000/v2/a/b");
  expect(url("inner.example:5000/a/b:1", ["inner.example:5000"])).toBe("http://inner.example:5000/v2/a/b");
  expect(() => url("user:pass@evil.example/a/b")).toThrow();
});

test("whatever the reference, it is read or told (fuzz)", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^[a-z:/@.]{1,30}$/)), (text) => {
      try {
        apiUrl(parseImageReference(text));
      } catch (thrown) {
        if (!isReadError(thrown)) throw thrown;
      }
    }),
  );
});

test("challenges are read, whatever else stands in the header", () => {
  expect(
    parseChallenge('Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull"'),
  ).toEqual({
    scheme: "bearer",
    realm: "https://auth.example/token",
    service: "reg",
    scope: "repository:a/b:pull",
  });
  expect(parseChallenge('Basic realm="x", Bearer realm="https://t"')).toMatchObject({
    scheme: "bearer",
    realm: "https://t",
  });
  expect(parseChallenge('BASIC realm="say \\"hi\\""')).toMatchObject({ scheme: "basic", realm: 'say "hi"' });
  for (const none of [null, "", "Negotiate", "Bearer"]) expect(parseChallenge(none)).toBeUndefined();
});

test("Retry-After is seconds or a date", () => {
  const after = (value?: string) =>
    retryAfterMs(
      new Headers(value === undefined ? {} : { "retry-after": value }),
      Date.parse("2026-01-01T00:00:00Z"),
    );
  expect(after("3")).toBe(3_000);
  expect(after("Thu, 01 Jan 2026 00:00:09 GMT")).toBe(9_000);
  expect(after("Thu, 01 Jan 2020 00:00:09 GMT")).toBe(0);
  expect([after(), after("soon")]).toEqual([undefined, undefined]);
});

test("logins are found where podman and docker keep them, the nearest first", async () => {
  await using dir = tempDir();
  const put = (path: string, value: unknown) => {
    mkdirSync(join(dir.path, path, ".."), { recursive: true });
    writeFileSync(join(dir.path, path), JSON.stringify(value));
  };
  put("run/containers/auth.json", {
    auths: { "quay.io/org": { auth: "b3Jn" }, "quay.io": { auth: "cXVheQ==" } },
  });
  put("home/.docker/config.json", {
    auths: {
      "quay.io": { auth: "ZG9ja2Vy" },
      "https://index.docker.io/v1/": { identitytoken: "refresh" },
      "plain.example": { username: "a", password: "b" },
    },
    credHelpers: { "gcr.example": "gcloud" },
  });
  const env = { XDG_RUNTIME_DIR: join(dir.path, "run"), HOME: join(dir.path, "home") };
  const { find, helperFor, problems } = readLogins(env, "/");
  expect(find("quay.io", "org/name")?.basic).toBe("b3Jn");
  expect(find("quay.io", "organisation/name")?.basic).toBe("cXVheQ==");
  expect(find("docker.io", "library/x")?.identityToken).toBe("refresh");
  expect(find("plain.example", "x")?.basic).toBe(btoa("a:b"));
  expect(find("evil.example", "quay.io/org")).toBeUndefined();
  expect(helperFor("gcr.example")).toEqual({
    program: "docker-credential-gcloud",
    source: join(dir.path, "home/.docker/config.json"),
  });
  expect(problems).toEqual([]);
  const secret = readLogins({ ...env, OCI_REGISTRY_PULL_SECRET: btoa("me:secret-word") }, "/");
  expect(secret.find("registry.redhat.io", "x")?.basic).toBe(btoa("me:secret-word"));
  expect(secret.find("quay.io", "x")?.basic).toBe("cXVheQ==");
  expect(readLogins({ OCI_REGISTRY_PULL_SECRET: "%%" }, "/").problems[0]).toContain(
    "neither a docker config",
  );
  const raw = JSON.stringify({ auths: { "quay.io": { auth: btoa("u:p") } } });
  expect(readLogins({ OCI_REGISTRY_PULL_SECRET: ` ${raw}\n` }, "/").find("quay.io", "a")?.basic).toBe(
    btoa("u:p"),
  );
  writeFileSync(join(dir.path, "broken.json"), "{");
  expect(readLogins({ REGISTRY_AUTH_FILE: "broken.json" }, dir.path).problems[0]).toContain("is not JSON");
});

const big = () =>
  Array.from({ length: 6 }, (_, at) => ({
    path: `models/z${at}`,
    data: crypto.getRandomValues(new Uint8Array(65_536)),
  }));
const sum = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Each file packed for itself, and where it begins. */
function pieces(pack: (bytes: Uint8Array) => Uint8Array, files = [...big(), ...tinyFiles()]) {
  const parts: Uint8Array[] = [];
  const entries: object[] = [];
  let offset = 0;
  for (const { path, data } of files) {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const packed = pack(bytes);
    entries.push({ type: "reg", name: path, size: bytes.length, offset });
    parts.push(packed);
    offset += packed.length;
  }
  return { parts, entries, offset };
}

test("an eStargz layer is read by its table of contents", async () => {
  using registry = ociRegistry();
  const { parts, entries, offset } = pieces((bytes) => new Uint8Array(gzipSync(bytes)));
  const json = new TextEncoder().encode(JSON.stringify({ version: 1, entries }));
  const table = new Uint8Array(gzipSync(makeTar([{ path: "stargz.index.json", data: json }])));
  const footer = Buffer.alloc(51);
  footer.write(`${offset.toString(16).padStart(16, "0")}STARGZ`, 16);
  const layer = new Uint8Array(Buffer.concat([...parts, table, footer]));
  const type = "application/vnd.oci.image.layer.v1.tar+gzip";
  registry.image("1", [
    registry.blob(layer, type, { "containerd.io/snapshot/stargz/toc.digest": sum(json) }),
  ]);
  registry.image("2", [registry.blob(layer, type, { "containerd.io/snapshot/stargz/toc.digest": DIGEST })]);
  const facts = await readModelFacts(`${registry.host}/org/m:1`, testWorld());
  expect(facts.problems).toEqual([]);
  expect(facts.tensors?.bytes).toBe(TINY_BYTES);
  expect(facts.evidence.join("\n")).toContain("by its table of contents");
  expect((await readModelFacts(`${registry.host}/org/m:2`, testWorld())).problems[0]).toContain(
    "not what its digest promises",
  );
});

test("what a table of contents marks as removed is removed", async () => {
  using registry = ociRegistry();
  const { parts, entries, offset } = pieces((bytes) => new Uint8Array(zstdCompressSync(bytes)), big());
  const marked = [...entries, { type: "reg", name: "models/.wh.config.json" }];
  const json = new TextEncoder().encode(JSON.stringify({ version: 1, entries: marked }));
  const table = new Uint8Array(zstdCompressSync(json));
  const layer = new Uint8Array(Buffer.concat([...parts, table]));
  const notes = {
    "io.github.containers.zstd-chunked.manifest-position": `${offset}:${table.length}:${json.length}:1`,
    "io.github.containers.zstd-chunked.manifest-checksum": sum(table),
  };
  registry.image("1", [
    registry.blob(makeTar(tinyFiles())),
    registry.blob(layer, "application/vnd.oci.image.layer.v1.tar+zstd", notes),
  ]);
  const { config, evidence } = await readModelFacts(`${registry.host}/org/m:1`, testWorld());
  expect(config).toBeUndefined();
  expect(evidence.join("\n")).toContain("by its table of contents");
});

test("a zstd:chunked layer is read by its table of contents", async () => {
  using registry = ociRegistry();
  const { parts, entries, offset } = pieces((bytes) => new Uint8Array(zstdCompressSync(bytes)));
  const json = new TextEncoder().encode(JSON.stringify({ version: 1, entries }));
  const table = new Uint8Array(zstdCompressSync(json));
  const layer = new Uint8Array(Buffer.concat([...parts, table]));
  const notes = (place: string) => ({
    "io.github.containers.zstd-chunked.manifest-position": place,
    "io.github.containers.zstd-chunked.manifest-checksum": sum(table),
  });
  const type = "application/vnd.oci.image.layer.v1.tar+zstd";
  registry.image("1", [registry.blob(layer, type, notes(`${offset}:${table.length}:${json.length}:1`))]);
  registry.image("2", [registry.blob(layer, type, notes("99999999:10:10:1"))]);
  const facts = await readModelFacts(`${registry.host}/org/m:1`, testWorld());
  expect(facts.problems).toEqual([]);
  expect(facts.tensors?.bytes).toBe(TINY_BYTES);
  expect((await readModelFacts(`${registry.host}/org/m:2`, testWorld())).problems[0]).toContain(
    "no sound place",
  );
});

test("a bomb ends at its budget", async () => {
  using registry = ociRegistry();
  const zeros = makeTar([{ path: "models/config.json", data: new Uint8Array(400_000_000) }]);
  const bomb = new Uint8Array(gzipSync(zeros, { level: 1 }));
  registry.image("1", [registry.blob(bomb, "application/vnd.oci.image.layer.v1.tar+gzip")]);
  const before = process.memoryUsage().rss;
  const { problems } = await readModelFacts(
    `${registry.host}/org/m:1`,
    testWorld({ streamBytes: 10_000_000 }),
  );
  expect(problems.join("\n")).toContain("too many to be what its name says");
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
});
