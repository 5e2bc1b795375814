import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mqttSection } from "./config.ts";
import { brokerAccess } from "./open.ts";

const dir = mkdtempSync(join(tmpdir(), "access-"));
afterAll(() => rmSync(dir, { recursive: true }));

const pem = (name: string) => `-----BEGIN ${name}-----\nMIIB\n-----END ${name}-----\n`;
const access = (section: object, env: Record<string, string> = {}) =>
  brokerAccess(mqttSection.parse(section), env, dir);

describe("access to a broker", () => {
  test("credentials come from the variables that the config names, without white space around them", async () => {
    const named = { username_env: "U", password_env: "P" };
    expect(await access(named, { U: "me", P: "pa ss\n" })).toMatchObject({
      username: "me",
      password: "pa ss",
    });
  });

  test("no variable, or one that is not set or empty, is no login", async () => {
    expect(await access({ username_env: "U", password_env: "P" }, { P: "" })).toMatchObject({
      username: undefined,
      password: undefined,
    });
    expect((await access({}, { MQTT_USERNAME: "me" })).username).toBeUndefined();
  });

  test("certificates and key are read, relative to the config's folder (NFR-004)", async () => {
    for (const [file, name] of [
      ["ca.pem", "CERTIFICATE"],
      ["own.pem", "CERTIFICATE"],
      ["own.key", "PRIVATE KEY"],
    ] as const) {
      writeFileSync(join(dir, file), pem(name));
    }
    const files = { ca_file: "ca.pem", cert_file: "./own.pem", key_file: join(dir, "own.key") };
    expect(await access(files)).toMatchObject({
      ca: pem("CERTIFICATE"),
      cert: pem("CERTIFICATE"),
      key: pem("PRIVATE KEY"),
    });
  });

  test("a file that is not there is told with its key", async () => {
    await expect(access({ key_file: "none.key" })).rejects.toMatchObject({
      where: "mqtt.key_file",
      message: `cannot read ${dir}/none.key: there is no such file or folder`,
    });
  });
});
