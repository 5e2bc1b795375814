import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testCa } from "../../../test/peers/certificates.ts";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { tinyFiles } from "../../modelcar/model/tiny-model.fixture.ts";
import { makeTar } from "../../modelcar/tar/tar.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";

test("--registry-ca names an authority for a registry, or for all; a file that is none is told", async () => {
  await using dir = tempDir();
  const ca = await testCa(dir.path);
  using registry = ociRegistry({}, await ca.issue("IP:127.0.0.1"));
  registry.image("1", [registry.blob(makeTar(tinyFiles()))]);
  writeFileSync(
    join(dir.path, "car.yaml"),
    `model-car:\n  - { name: tiny, image: "oci://${registry.host}/org/model:1" }\n`,
  );
  const requirements = (...argv: string[]) =>
    runCli(programNamed("agent2389"), ["model-car", "requirements", "car.yaml", "--json", ...argv], {
      cwd: dir.path,
      env: { HOME: dir.path },
      services: { fetch: (url, init) => fetch(url, init) },
    });
  const read = await requirements("--registry-ca", `${registry.host}=ca.pem`);
  expect([read.code, JSON.parse(read.stdout)[0].facts.source]).toEqual([0, "registry"]);
  const none = await requirements("--registry-ca", "nothing.pem");
  expect([none.code, none.stdout]).toEqual([1, ""]);
  expect(none.stderr).toContain("nothing.pem: there is no such file");
  const key = await requirements("--registry-ca", "car.yaml");
  expect(key.stderr).toContain("car.yaml is not a PEM file");
});
