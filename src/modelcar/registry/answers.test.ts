import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { readModelFacts } from "../model/read.ts";
import { testWorld } from "../model/tiny-model.fixture.ts";
import { expectTiny, read, tinyRegistry } from "../model/tiny-registry.fixture.ts";

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

test("an identity token is exchanged, and a helper that would have to be run is named", async () => {
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
