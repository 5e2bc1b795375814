import { expect, test } from "bun:test";
import { type OciRegistry, ociRegistry } from "../../../test/peers/oci-registry.ts";
import { TINY_CONFIG } from "../model/tiny-model.fixture.ts";
import { read } from "../model/tiny-registry.fixture.ts";
import { makeSafetensors } from "../safetensors/safetensors.fixture.ts";
import { makeTar } from "../tar/tar.fixture.ts";

const LOGIN = "user:secret-word";

/** A registry that lets in who logs in and redirects to a content network; of its layer several parts are needed. */
function redirecting() {
  const registry = ociRegistry({ auth: "bearer", login: LOGIN, cdn: true });
  const config = JSON.stringify(TINY_CONFIG);
  const weights = new Uint8Array(makeSafetensors({ w: ["BF16", 1000, 2000] }));
  const files = [
    { path: "models/config.json", data: config },
    { path: "models/model.safetensors", data: weights },
    { path: "models/generation_config.json", data: "{}" },
  ];
  const layer = registry.blob(makeTar(files));
  registry.image("1", [layer]);
  return { registry, layer };
}

const secretFor = ({ host }: OciRegistry) => ({
  OCI_REGISTRY_PULL_SECRET: btoa(JSON.stringify({ auths: { [host]: { auth: btoa(LOGIN) } } })),
});

test("the address of a content network is used again, by ranges, and never sees the login", async () => {
  const { registry, layer } = redirecting();
  using _ = registry;
  const facts = await read(registry, { env: secretFor(registry) });
  expect(facts.tensors?.parameters).toBe(2_000_000);
  const asked = registry.requests.filter(({ path }) => path.includes(layer.digest));
  const direct = asked.filter(({ server }) => server === "cdn");
  expect(direct.length).toBeGreaterThan(asked.length - direct.length);
  expect(asked.filter(({ range }) => range === undefined)).toEqual([]);
  for (const { server, authorization } of registry.requests)
    if (server === "cdn") expect(authorization).toBeUndefined();
});

test("an address that has expired is asked for anew at the registry", async () => {
  const { registry } = redirecting();
  using _ = registry;
  const world = { env: secretFor(registry) };
  let used = 0;
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const isDirect = !url.includes(registry.host) && new Headers(init?.headers).has("range");
    if (isDirect && ++used > 1 && used % 2 === 0) return new Response(null, { status: 403 });
    return globalThis.fetch(url, init);
  };
  const facts = await read(registry, { ...world, fetch });
  expect(used).toBeGreaterThan(1);
  expect(facts.problems).toEqual((await read(registry, world)).problems);
  expect(facts.tensors?.parameters).toBe(2_000_000);
});
