import { describe, expect, test } from "bun:test";
import { cliDouble } from "./cli-double.fixture.ts";
import { findCli, findClis, type Machine } from "./find-cli.ts";
import type { CliRequirement } from "./target.ts";

const fly: CliRequirement = {
  commands: ["fly", "flyctl"],
  versionArgs: ["version"],
  minVersion: "0.3.10",
  install: "https://fly.io/docs/flyctl/install/",
};

const machine = (path: string): Machine => ({
  env: { PATH: path },
  cwd: "/",
  signal: new AbortController().signal,
});

const says = (stdout: string) => [{ when: /^version$/, say: { stdout } }];

describe("findCli", () => {
  test("takes the first of its names that is on PATH, under the name that steps use", async () => {
    using double = cliDouble({ flyctl: says("flyctl v0.3.45 linux/amd64\n") });
    expect(await findCli(fly, machine(double.path))).toEqual({
      name: "fly",
      path: `${double.path}/flyctl`,
      version: "0.3.45",
    });
    expect(double.lines()).toEqual(["flyctl version"]);
  });

  test("a program that cannot do it gives way to another, and is told of when there is none", async () => {
    const compose = {
      commands: ["docker", "podman"],
      versionArgs: ["compose", "version"],
      install: "see there",
    };
    const broken = {
      when: /^compose/,
      say: { stderr: "docker: 'compose' is not a docker command.\nSee", code: 1 },
    };
    using both = cliDouble({ docker: [broken], podman: [{ when: /^compose/, say: { stdout: "2.30.1" } }] });
    expect(await findCli(compose, machine(both.path))).toMatchObject({
      name: "docker",
      path: `${both.path}/podman`,
      version: "2.30.1",
    });
    using one = cliDouble({ docker: [broken] });
    await expect(findClis([compose], machine(one.path))).rejects.toMatchObject({
      message: `${one.path}/docker compose version fails, and is needed: docker: 'compose' is not a docker command.`,
      hint: "To get it: see there",
    });
  });

  test("a version may stand on standard error, or nowhere", async () => {
    using double = cliDouble({
      fly: [{ when: /./, say: { stderr: "v1.2\n", code: 1 } }],
      flyctl: says("dev"),
    });
    expect(await findCli(fly, machine(double.path))).toMatchObject({ version: "1.2" });
    expect(await findCli({ ...fly, commands: ["flyctl"] }, machine(double.path))).toMatchObject({
      version: undefined,
    });
  });

  test("is not there when PATH has none of them, or there is no PATH", async () => {
    expect(await findCli(fly, machine("/nowhere"))).toBeUndefined();
    expect(await findCli(fly, { ...machine(""), env: {} })).toBeUndefined();
  });
});

describe("findClis", () => {
  test("says how to get what is missing, and what is too old", async () => {
    using double = cliDouble({ fly: says("v0.3.9") });
    const kubectl: CliRequirement = {
      commands: ["kubectl"],
      versionArgs: ["version"],
      install: "see kubernetes.io",
    };
    await expect(findClis([kubectl, fly], machine(double.path))).rejects.toMatchObject({
      name: "ExpectedError",
      message: `kubectl is not on PATH, and is needed\n${double.path}/fly is version 0.3.9; 0.3.10 or newer is needed`,
      hint: "To get it: see kubernetes.io\nTo get a newer one: https://fly.io/docs/flyctl/install/",
    });
  });

  test.each(["0.3.10", "0.3.11", "0.4", "1.0.0", "dev"])("%s is new enough", async (version) => {
    using double = cliDouble({ fly: says(version) });
    expect([...(await findClis([fly], machine(double.path))).keys()]).toEqual(["fly"]);
  });

  test.each(["0.3.9", "0.2.99", "0.3"])("%s is not", async (version) => {
    using double = cliDouble({ fly: says(version) });
    await expect(findClis([fly], machine(double.path))).rejects.toThrow(/or newer is needed/);
  });
});
