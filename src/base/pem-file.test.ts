import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPem } from "./pem-file.ts";

const dir = mkdtempSync(join(tmpdir(), "pem-"));
afterAll(() => rmSync(dir, { recursive: true }));

const PEM = "Some words before\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

test("a relative path is taken from the folder, an absolute one as it is", async () => {
  writeFileSync(join(dir, "ca.pem"), PEM);
  expect(await readPem("ca.pem", dir, "mqtt.ca_file")).toBe(PEM);
  expect(await readPem(join(dir, "ca.pem"), "/elsewhere", "mqtt.ca_file")).toBe(PEM);
});

test("a file that cannot be read is told with its path, its key and what to do", async () => {
  await expect(readPem("none.pem", dir, "mqtt.ca_file")).rejects.toMatchObject({
    message: `cannot read ${dir}/none.pem: there is no such file or folder`,
    where: "mqtt.ca_file",
    hint: `Give the path of a PEM file; a relative one is taken from ${dir}.`,
  });
});

test("a file that is something else is refused, before a connection fails for it", async () => {
  writeFileSync(join(dir, "ca.der"), Buffer.from([0x30, 0x82, 0x01, 0x0a]));
  await expect(readPem("ca.der", dir, "mqtt.ca_file")).rejects.toMatchObject({
    message: `${dir}/ca.der is not a PEM file`,
    where: "mqtt.ca_file",
  });
});
