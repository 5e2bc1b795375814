import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type OciBehaviour, ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import { readModelFacts } from "../model/read.ts";
import { testWorld, tinyFiles } from "../model/tiny-model.fixture.ts";
import { expectTiny, read, tinyRegistry } from "../model/tiny-registry.fixture.ts";
import { makeSafetensors } from "../safetensors/safetensors.fixture.ts";
import { makeTar } from "../tar/tar.fixture.ts";

test.each(["basic", "bearer"] as const)(
  "logs in by %s, and the content network never sees it",
  async (auth) => {
    await using dir = tempDir();
    using registry = tinyRegistry({ auth, login: "user:secret-word", cdn: true });
    const file = join(dir.path, "auth.json");
    writeFileSync(
      file,
      JSON.stringify({ auths: { [`${registry.host}/org`]: { auth: btoa("user:secret-word") } } }),
    );
    const env = { REGISTRY_AUTH_FILE: file };
    expectTiny(await read(registry, { env }));
    const toCdn = registry.requests.filter(({ server }) => server === "cdn");
    expect(toCdn.length).toBeGreaterThan(0);
    expect(toCdn.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  },
);

test("a content network that asks for a login gets none, nor does who it names", async () => {
  await using dir = tempDir();
  using registry = tinyRegistry({ auth: "basic", login: "user:secret-word" });
  const auths = { [registry.host]: { auth: btoa("user:secret-word") } };
  writeFileSync(join(dir.path, "auth.json"), JSON.stringify({ auths }));
  const seen: [host: string, authorization: string | null][] = [];
  const elsewhere = async (url: string, init?: RequestInit): Promise<Response> => {
    const { host, pathname } = new URL(url);
    seen.push([host, new Headers(init?.headers).get("authorization")]);
    const challenge = 'Bearer realm="http://127.0.0.1:6000/token",service="x"';
    if (host !== registry.host)
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    if (!pathname.includes("/blobs/")) return fetch(url, init);
    return new Response(null, { status: 307, headers: { location: "http://127.0.0.1:6000/blob" } });
  };
  const env = { REGISTRY_AUTH_FILE: join(dir.path, "auth.json") };
  const facts = await read(registry, { env, fetch: elsewhere });
  expect(facts.problems[0]).toContain(
    `127.0.0.1:6000, which ${registry.host} redirects to, answers with 401`,
  );
  expect(seen.some(([host]) => host !== registry.host)).toBe(true);
  expect(seen.filter(([host, login]) => host !== registry.host && login !== null)).toEqual([]);
});

test("an identity token is exchanged, and a helper that may not be run is named", async () => {
  await using dir = tempDir();
  using registry = tinyRegistry({ auth: "bearer", identityToken: "refresh-secret" });
  const put = (value: object) => writeFileSync(join(dir.path, "auth.json"), JSON.stringify(value));
  const env = { REGISTRY_AUTH_FILE: "auth.json" };
  put({ auths: { [registry.host]: { identitytoken: "refresh-secret" } } });
  expectTiny(await read(registry, { env, cwd: dir.path }));
  put({ credHelpers: { [registry.host]: "vault" } });
  const facts = await read(registry, { env, cwd: dir.path });
  expect(facts.problems[0]).toContain("docker-credential-vault");
  expect(JSON.stringify(facts)).not.toContain("refresh-secret");
});

const withHelper = async (answer: ProgramResult | Error, behaviour: OciBehaviour = {}) => {
  await using dir = tempDir();
  using registry = tinyRegistry({ auth: "basic", login: "user:secret-word", ...behaviour });
  const config = { credHelpers: { [registry.host]: "vault" }, credsStore: "desktop" };
  writeFileSync(join(dir.path, "config.json"), JSON.stringify(config));
  const calls: ProgramCall[] = [];
  const facts = await read(registry, {
    env: { DOCKER_CONFIG: dir.path },
    runProgram: async (call) => {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { facts, calls, host: registry.host };
};
const said = (stdout: string, code = 0): ProgramResult => ({ code, stdout, stderr: "", timedOut: false });

test("a credential helper is asked, once, and what it says is shown nowhere", async () => {
  const secret = said(JSON.stringify({ ServerURL: "x", Username: "user", Secret: "secret-word" }));
  const { facts, calls, host } = await withHelper(secret);
  expectTiny(facts);
  expect(calls.map(({ argv, stdin }) => [...argv, stdin])).toEqual([
    ["docker-credential-vault", "get", host],
  ]);
  const wrong = said(JSON.stringify({ Username: "user", Secret: "wrong-secret" }));
  const refused = (await withHelper(wrong)).facts;
  expect(refused.problems[0]).toContain("refuses the login from docker-credential-vault (");
  expect(JSON.stringify(refused)).not.toContain("wrong-secret");
  const identity = said(JSON.stringify({ Username: "<token>", Secret: "refresh-secret" }));
  expectTiny((await withHelper(identity, { auth: "bearer", identityToken: "refresh-secret" })).facts);
});

test.each<[string, ProgramResult | Error, string]>([
  ["is not installed", new Error("ENOENT"), "cannot be started"],
  ["knows none", said("credentials not found in native keychain\n", 1), "has no login for 127.0.0.1"],
  ["fails", said("s3cret on a bad day", 3), "failed with exit status 3"],
  ["says something else", said("s3cret"), "gave no user name and password"],
  ["takes too long", { ...said(""), timedOut: true }, "took longer than 60 s"],
])("a helper that %s is told; what is public is read all the same", async (_, answer, told) => {
  const { facts } = await withHelper(answer);
  expect(facts.problems[0]).toContain("asks for a login; docker-credential-vault, which ");
  expect(facts.problems[0]).toContain(told);
  expect(JSON.stringify(facts)).not.toContain("s3cret");
  expectTiny((await withHelper(answer, { auth: "none" })).facts);
});

test("a credential helper is not asked where the registry wants no login", async () => {
  const failures = [{ path: /manifests/, status: 404 }];
  const { facts, calls } = await withHelper(said(""), { auth: "none", failures });
  expect(facts).toMatchObject({ source: "name", problems: [expect.stringContaining(" has no ")] });
  expect(calls).toEqual([]);
});

test("the pull secret of the environment logs in, too", async () => {
  using registry = tinyRegistry({ auth: "bearer", login: "robot:secret-word" });
  const secret = btoa(JSON.stringify({ auths: { [registry.host]: { auth: btoa("robot:secret-word") } } }));
  expectTiny(await read(registry, { env: { OCI_REGISTRY_PULL_SECRET: secret } }));
});

test("a login that is refused, or missing, is told without the secret", async () => {
  using registry = tinyRegistry({ auth: "bearer", login: "user:other" });
  const without = await read(registry);
  expect(without.problems[0]).toContain("asks for a login; none was found");
  expect(without.problems[0]).toContain(`podman login ${registry.host}`);
  const secret = btoa(JSON.stringify({ auths: { [registry.host]: { auth: btoa("user:secret-word") } } }));
  const wrong = await read(registry, { env: { OCI_REGISTRY_PULL_SECRET: secret } });
  expect(wrong.problems[0]).toContain("refuses the login from OCI_REGISTRY_PULL_SECRET");
  expect(JSON.stringify(wrong)).not.toContain("secret-word");
  expect(wrong).toMatchObject({ source: "name", estimatedFromName: true });
});

test("a registry that is not this machine is never asked over plain HTTP", async () => {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    return new Response("", { status: 302, headers: { location: "http://other.example/x" } });
  };
  const facts = await readModelFacts("oci://registry.example/org/m:1", testWorld({ fetch }));
  expect(asked).toEqual(["https://registry.example/v2/org/m/manifests/1"]);
  expect(facts.problems[0]).toContain("redirects from HTTPS to http://other.example");
});

test.each([
  [403, "does not let the public read org/model", 1],
  [404, "has no org/model:1", 1],
  [429, "takes no more requests", 3],
  [503, "fails with 503", 3],
])("status %d is told with what to do", async (status, said, times) => {
  const path = /manifests/;
  const failures = Array.from({ length: times }, () => ({
    path,
    status,
    body: '{"errors":[{"message":"the reason"}]}',
  }));
  using registry = tinyRegistry({ failures });
  const { problems, source } = await read(registry);
  expect(problems[0]).toContain(said);
  expect(problems[0]).toContain("it says: the reason");
  expect(source).toBe("name");
  expectTiny(await read(registry)); // what was wrong is over
});

test("Retry-After is kept to, and one that is too long is told", async () => {
  const failure = (seconds: string) => ({
    path: /manifests/,
    status: 429,
    headers: { "retry-after": seconds },
  });
  using registry = tinyRegistry({ failures: [failure("7")] });
  const world = testWorld();
  expectTiny(await readModelFacts(`${registry.host}/org/model:1`, world));
  expect(world.waits).toEqual([7_000]);
  registry.behaviour = { failures: [failure("3600")] };
  expect((await read(registry)).problems[0]).toContain("Retry-After 3600");
});

const weights = (tensors: Parameters<typeof makeSafetensors>[0]) => new Uint8Array(makeSafetensors(tensors));

test("a layer that is not in the registry is told, and the others are read", async () => {
  using registry = tinyRegistry();
  const files = registry.blob(makeTar(tinyFiles()));
  const absent = { ...files, digest: `sha256:${"0".repeat(64)}`, size: 5_000 };
  registry.image("holes", [absent, files]);
  const { problems, config, doubts } = await read(registry, {}, "holes");
  expect(problems).toEqual([
    `layer sha256:000000000000… (4.88 KiB): ${registry.host} does not have sha256:000000000000…, which the manifest ` +
      "names. The image is not whole there: push or mirror it again.",
  ]);
  expect(config?.hidden_size).toBe(64);
  expect(doubts?.map(({ code }) => code)).toEqual(["weights-broken"]);
});

test("when the registry refuses on the way, what was read is kept and nothing more is asked for", async () => {
  await using dir = tempDir();
  using registry = ociRegistry();
  const shard = (at: number) => `models/model-0000${at}-of-00003.safetensors`;
  const layers = [1, 2, 3].map((at) =>
    registry.blob(makeTar([{ path: shard(at), data: weights({ [`w${at}`]: ["BF16", 1_000, 600] }) }])),
  );
  const config = registry.blob(makeTar(tinyFiles().filter(({ path }) => path.endsWith("config.json"))));
  registry.image("1", [config, ...layers]);
  const path = new RegExp(`blobs/${layers[1]!.digest}`);
  const failures = Array.from({ length: 3 }, () => ({ path, status: 429 }));
  registry.behaviour = { failures };
  const world = { stateFolder: dir.path };
  const facts = await read(registry, world);
  expect(facts).toMatchObject({
    source: "registry",
    architecture: "LlamaForCausalLM",
    container: { layers: 4 },
  });
  expect(facts.problems[0]).toStartWith(`${registry.host} takes no more requests for now. Try again later`);
  expect(facts.doubts?.some(({ code }) => code === "weights-broken")).toBe(true);
  expect(registry.requests.filter(({ path: asked }) => path.test(asked))).toHaveLength(3);
  const again = await read(registry, world);
  expect(again.problems.join()).not.toContain("takes no more requests");
});

test("a layer in a form that is not read is named where something is missing", async () => {
  using registry = tinyRegistry();
  const odd = registry.blob(makeTar(tinyFiles()), "application/vnd.example.layer+lz4");
  registry.image("odd", [odd]);
  expect((await read(registry, {}, "odd")).problems.join("\n")).toContain(
    'of the media type "application/vnd.example.layer+lz4", which is not read',
  );
  registry.image("both", [odd, registry.blob(makeTar(tinyFiles()))]);
  expectTiny(await read(registry, {}, "both"));
});

test("a page in the place of a manifest is told with what may be behind it", async () => {
  const page = { path: /manifests/, status: 200, body: "<html>Log in</html>" };
  using registry = tinyRegistry({ failures: [page] });
  expect((await read(registry)).problems[0]).toBe(
    `${registry.host}/org/model:1 cannot be read: its manifest is not JSON. Something else may answer in the registry's ` +
      "place, as the login page of a proxy: see what its address shows.",
  );
});

test.each(["application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip"])(
  "files that lead out of a layer are not read, and told (%s)",
  async (type) => {
    using registry = tinyRegistry();
    const tar = makeTar([{ path: "../../etc/\u001b[2Jjob", data: "evil" }, ...tinyFiles()]);
    const layer = registry.blob(type.endsWith("gzip") ? new Uint8Array(gzipSync(tar)) : tar, type);
    registry.image("evil", [layer]);
    const facts = await read(registry, {}, "evil");
    expect(JSON.stringify(facts)).not.toContain("\\u001b");
    expect(facts.problems.join()).toContain("holds files that lead out of it: ../../etc/ [2Jjob; container");
    expect(facts.tensors?.read).toBe("headers");
    expect(facts.doubts?.map(({ code }) => code)).toEqual(["weights-broken"]);
  },
);

test("a registry that never answers is waited for once, by however many models", async () => {
  let asked = 0;
  const fetch = (_: string, init?: RequestInit): Promise<Response> => {
    asked++;
    const { promise, reject } = Promise.withResolvers<Response>();
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    return promise;
  };
  const world = testWorld({ fetch, patienceMs: 20, silent: new Map() });
  const first = await readModelFacts("oci://silent.example/org/a:1", world);
  expect(first.problems[0]).toContain("silent.example cannot be reached: no answer came within 0.02 s");
  const second = await readModelFacts("oci://silent.example/org/b:1", world);
  expect(second.problems).toEqual(first.problems);
  await readModelFacts("oci://other.example/org/b:1", world);
  expect(asked).toBe(2);
});
