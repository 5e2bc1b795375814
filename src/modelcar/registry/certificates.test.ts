import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCa, testCa } from "../../../test/peers/certificates.ts";
import { type OciRegistry, ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { readModelFacts } from "../model/read.ts";
import { testWorld, tinyFiles } from "../model/tiny-model.fixture.ts";
import { expectTiny } from "../model/tiny-registry.fixture.ts";
import type { ModelWorld } from "../model/types.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import { readCertificates } from "./certificates.ts";

let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir[Symbol.asyncDispose]());

const put = (path: string, text: string) => {
  mkdirSync(join(dir.path, path, ".."), { recursive: true });
  writeFileSync(join(dir.path, path), text);
};
const PEM = "-----BEGIN CERTIFICATE-----\n";

describe("folders", () => {
  const of = (host: string) => readCertificates({ HOME: dir.path }).of(host);

  test("the first that is there for a host counts, each host its own", () => {
    put(".config/containers/certs.d/a.example:5000/ca.crt", `${PEM}a`);
    put(".config/containers/certs.d/a.example:5000/more.crt", `${PEM}b`);
    put(".docker/certs.d/a.example:5000/ca.crt", `${PEM}c`);
    put(".docker/certs.d/b.example:443/ca.crt", `${PEM}d`);
    expect(of("a.example:5000")).toEqual({ ca: [`${PEM}a`, `${PEM}b`], client: undefined, ownHost: true });
    expect(of("b.example")?.ca).toEqual([`${PEM}d`]);
    expect([of("a.example"), of("c.example")]).toEqual([undefined, undefined]);
    expect(readCertificates({}).of("b.example")).toBeUndefined();
  });

  test("a client's certificate goes with its key", () => {
    put(".docker/certs.d/a.example/client.cert", `${PEM}cert`);
    expect(() => of("a.example")).toThrow("client.cert has no client.key beside it");
    put(".docker/certs.d/a.example/client.key", `${PEM}key`);
    expect(of("a.example")).toEqual({
      ca: [],
      client: { cert: `${PEM}cert`, key: `${PEM}key` },
      ownHost: true,
    });
  });

  test("what is no PEM, or cannot be read, is told", () => {
    put(".docker/certs.d/a.example/ca.crt", "DER");
    expect(() => of("a.example")).toThrow("ca.crt is not a PEM file");
    mkdirSync(join(dir.path, ".docker/certs.d/b.example/ca.crt"), { recursive: true });
    expect(() => of("b.example")).toThrow("ca.crt cannot be read: it is a folder");
  });

  test("an authority that is named is for its host, or for all", () => {
    const named = [
      { host: "a.example", pem: "a" },
      { host: undefined, pem: "all" },
    ];
    const { of: found } = readCertificates({ HOME: dir.path }, named);
    expect(found("a.example")).toEqual({ ca: ["a", "all"], client: undefined, ownHost: true });
    expect(found("b.example")).toEqual({ ca: ["all"], client: undefined, ownHost: false });
  });
});

describe("a registry that speaks TLS", () => {
  let ca: TestCa;
  let registry: OciRegistry;
  const start = async (clients = false, cdn = false): Promise<void> => {
    ca = await testCa(dir.path);
    const own = await ca.issue("IP:127.0.0.1");
    registry = ociRegistry(
      { cdn },
      { ...own, ...(clients && { ca: ca.ca, requestCert: true, rejectUnauthorized: true }) },
    );
    registry.image("1", [registry.blob(makeTar(tinyFiles()))]);
  };
  afterEach(() => registry[Symbol.dispose]());
  const read = (world: Partial<ModelWorld> = {}) =>
    readModelFacts(`oci://${registry.host}/org/model:1`, testWorld({ env: { HOME: dir.path }, ...world }));

  test("is read with the authority of its certs.d folder", async () => {
    await start();
    put(`.config/containers/certs.d/${registry.host}/ca.crt`, ca.ca);
    expectTiny(await read());
  });

  test("is read with an authority that is named for it, and its content network with one for all", async () => {
    await start(false, true);
    const [named, all] = [
      { host: registry.host, pem: ca.ca },
      { host: undefined, pem: ca.ca },
    ];
    const { problems } = await read({ registryCas: [named] });
    expect(problems.join("\n")).toContain("cannot be trusted");
    expectTiny(await read({ registryCas: [named, all] }));
  });

  test("shows it the client's certificate", async () => {
    await start(true);
    put(`.docker/certs.d/${registry.host}/ca.crt`, ca.ca);
    expect((await read()).problems.join("\n")).toContain("cannot be reached");
    const client = await ca.issue("DNS:client");
    put(`.docker/certs.d/${registry.host}/client.cert`, client.cert);
    put(`.docker/certs.d/${registry.host}/client.key`, client.key);
    expectTiny(await read());
  });

  test("is not trusted with another's authority, nor asked again; what to do is told", async () => {
    await start();
    const folder = join(dir.path, "other");
    mkdirSync(folder);
    const world = testWorld({ registryCas: [{ host: registry.host, pem: (await testCa(folder)).ca }] });
    const { problems, source } = await readModelFacts(`oci://${registry.host}/org/model:1`, world);
    expect(problems[0]).toContain(
      `${registry.host} cannot be trusted: the server's certificate is signed by an unknown`,
    );
    expect(problems[0]).toContain(
      `certs.d/${registry.host}/ca.crt, or name it by --registry-ca or registry_ca of model_car`,
    );
    expect([source, world.waits, registry.requests]).toEqual(["name", [], []]);
  });
});
