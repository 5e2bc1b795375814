import { describe, expect, test } from "bun:test";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { mnistModel } from "../../models/real-models.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programNamed } from "../index.ts";
import { localAddress, parseServeAt } from "./serve-address.ts";

describe("ways to a device that do not go together are refused", () => {
  test.each([
    [["--bundle", "--worker", "x", "--target", "jetson"], "--bundle is for devices out of reach"],
    [["--bundle"], "--bundle goes with --target jetson"],
    [["--bundle", "--target", "jetson"], "--bundle needs --test-data"],
    // Before a broker is looked for.
    [["--target", "jetson", "--worker", "x", "--serve-at", "a b"], '"a b" is no address to be reached at'],
  ])("%p", async (options, message) => {
    await using dir = tempDir();
    const argv = ["deploy-model", "run", mnistModel, "--precision", "fp16", ...options];
    const env = { XDG_CACHE_HOME: dir.path, PATH: "/nowhere" };
    const { code, stderr } = await runCli(programNamed("agent2389"), argv, { cwd: dir.path, env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test("a Jetson that is not this machine: the two other ways are named", async () => {
    await using dir = tempDir();
    const argv = ["deploy-model", "run", mnistModel, "--precision", "fp16", "--target", "jetson"];
    const env = { XDG_CACHE_HOME: dir.path, PATH: "/nowhere" };
    const { code, stderr } = await runCli(programNamed("agent2389"), argv, { cwd: dir.path, env });
    expect(code).toBe(1);
    expect(stderr).toContain("there is no trtexec on this machine");
    expect(stderr).toMatch(/--worker AGENT.*--bundle/);
  });
});

describe("the address that a worker fetches from", () => {
  test.each([
    ["192.168.1.5", { host: "192.168.1.5", listen: "192.168.1.5", port: 0 }],
    ["192.168.1.5:8088", { host: "192.168.1.5", listen: "192.168.1.5", port: 8088 }],
    ["[fd00::1]:8088", { host: "fd00::1", listen: "fd00::1", port: 8088 }],
    ["builder.lan:80", { host: "builder.lan", listen: "0.0.0.0", port: 80 }],
  ])("%s", (text, address) => {
    expect(parseServeAt(text)).toEqual(address);
  });

  test.each(["", "a b", "http://x", "x:99999", "[x]", "x:"])("%p is none", (text) => {
    expect(() => parseServeAt(text)).toThrow("no address");
  });

  test("towards this machine it is this machine", async () => {
    expect(await localAddress("127.0.0.1")).toBe("127.0.0.1");
    await expect(localAddress("no.such.host.invalid")).rejects.toThrow("is not known");
  });
});
