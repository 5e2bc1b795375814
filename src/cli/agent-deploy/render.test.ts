import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { config, EXTERNAL, testMachine } from "./testing.fixture.ts";

describe("render", () => {
  test("prints the files, and touches nothing", async () => {
    using machine = testMachine();
    const plain = await machine.deploy(["render", "docker", "writer.toml"]);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).toContain("services:");
    expect((await machine.deploy(["render", "docker", "writer.toml", "--stdout"])).stdout).toBe(plain.stdout);
    expect(readdirSync(machine.cwd)).toEqual(["writer.toml"]);
    expect(machine.kept()).toEqual([]);
  });

  test("is the same whatever the environment, but for plain variables that have no other value", async () => {
    using machine = testMachine();
    const render = async (env = {}) =>
      (await machine.deploy(["render", "docker", "writer.toml"], { env })).stdout;
    const noise = {
      OPENAI_API_KEY: "sk-some-key-1234567",
      LOG_LEVEL: "trace",
      HEALTH_PORT: "9",
      MQTT_BROKER_URL: "mqtt://other",
    };
    expect(await render(noise)).toBe(await render());
    machine.put("writer.toml", config("writer", "").replace('"gpt-5.4-mini"', '"${MODEL}"'));
    expect(await render({ MODEL: "from-the-shell" })).toContain("from-the-shell");
  });

  test("several files are told apart; one of them can be asked for", async () => {
    using machine = testMachine();
    const { stdout } = await machine.deploy(["render", "k8s", "writer.toml"]);
    const paths = [...stdout.matchAll(/^# ── (.*)$/gm)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(1);
    expect(Bun.YAML.parse(stdout)).toHaveLength(stdout.split(/^---$/m).length);
    const one = await machine.deploy(["render", "k8s", "writer.toml", "--file", paths[0]!]);
    expect(stdout).toContain(one.stdout);
    expect(one.stdout).not.toContain("# ──");
    const json = await machine.deploy(["render", "k8s", "writer.toml", "--json"]);
    expect(Object.keys(JSON.parse(json.stdout))).toEqual(paths);
    const wrong = await machine.deploy(["render", "k8s", "writer.toml", "--file", "kustomizaton.yaml"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean") });
  });

  test("--out writes them, says which changed, and what to do with them", async () => {
    using machine = testMachine();
    const argv = ["render", "fly", "writer.toml", "--out", "out"];
    const first = await machine.deploy(argv);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain("✓ out/fly.toml\n");
    expect(first.stdout).toBe(
      "cd out\nfly apps create writer\n" +
        "fly secrets import --stage --app writer   # reads OPENAI_API_KEY=…, a line each\nfly deploy --ha=false\n",
    );
    expect(machine.read("out/config/agent.toml")).toBe(config("writer", EXTERNAL));
    expect((await machine.deploy(argv)).stderr).toContain("  out/fly.toml (unchanged)\n");
    const json = await machine.deploy([...argv, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      folder: "out",
      files: [{ path: expect.any(String), state: "same" }, {}],
    });
  });

  test("--out writes over nobody else's files", async () => {
    using machine = testMachine();
    machine.put("out/fly.toml", "app = 'mine'\n");
    const argv = ["render", "fly", "writer.toml", "--out", "out"];
    const { code, stderr } = await machine.deploy(argv);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("out/fly.toml: there already, and not made by agent-deploy"),
    });
    expect(machine.read("out/fly.toml")).toBe("app = 'mine'\n");
    expect((await machine.deploy([...argv, "--force"])).code).toBe(0);
  });

  test("--out and --stdout are two wishes", async () => {
    using machine = testMachine();
    const { code, stderr } = await machine.deploy([
      "render",
      "fly",
      "writer.toml",
      "--out",
      "out",
      "--stdout",
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("--out writes files, --stdout prints them"),
    });
    expect(existsSync(join(machine.cwd, "out"))).toBe(false);
  });
});

describe("diff", () => {
  test("against a folder: 0 when nothing differs, 1 and a unified diff when something does", async () => {
    using machine = testMachine();
    await machine.deploy(["render", "docker", "writer.toml", "--out", "out"]);
    const argv = ["diff", "docker", "writer.toml", "--against", "out"];
    expect(await machine.deploy(argv)).toEqual({ code: 0, stdout: "", stderr: "✓ No difference.\n" });
    const { code, stdout } = await machine.deploy([...argv, "--set", "LOG_LEVEL=debug"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^--- a\/compose\.yaml\n\+\+\+ b\/compose\.yaml\n@@/);
    expect(stdout).toMatch(/^-\s+LOG_LEVEL: info\n\+\s+LOG_LEVEL: debug$/m);
    const json = await machine.deploy([...argv, "--set", "LOG_LEVEL=debug", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ folder: "out", files: [{ path: "compose.yaml" }] });
  });

  test("against the platform: 1 when its program sees a difference, and the files in use stay", async () => {
    const config = {
      when: /^config show/,
      say: { stdout: JSON.stringify({ app: "writer", env: { OLD: "1" } }) },
    };
    using machine = testMachine({ fly: [config] });
    const { code, stdout } = await machine.deploy(["diff", "fly", "writer.toml"]);
    expect(code).toBe(1);
    expect(stdout).toContain("OLD");
    expect(machine.kept()).toEqual([]);
  });
});

describe("targets", () => {
  test("lists each, what it needs, and how to get what is not here", async () => {
    using machine = testMachine({ docker: [{ when: /^compose version/, say: { stdout: "v2.30.1" } }] });
    const { code, stdout } = await machine.deploy(["targets"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^docker +.*docker or podman 2\.30\.1/m);
    expect(stdout).toMatch(/^fly +.*fly or flyctl: not here/m);
    expect(stdout).toMatch(/^colab +.*nothing: files only$/m);
    expect(stdout).toMatch(/^fly or flyctl: https:/m);
    const json = JSON.parse((await machine.deploy(["targets", "--json"])).stdout);
    expect(json.find(({ name }: { name: string }) => name === "fly")).toMatchObject({
      deploys: true,
      programs: expect.arrayContaining([
        expect.objectContaining({ name: "fly or flyctl", path: null, version: null }),
      ]),
    });
  });

  test("a program that is here and does not work: what it said stands before how to mend it", async () => {
    const broken = { when: /^compose version/, say: { code: 1, stderr: "unknown command: compose" } };
    using machine = testMachine({ docker: [broken] });
    const { stdout } = await machine.deploy(["targets"]);
    expect(stdout).toMatch(
      /^docker or podman: .*compose.* fails, and is needed: unknown command: compose\n {2}Docker/m,
    );
  });

  test("one that can only be rendered for says how", async () => {
    using machine = testMachine();
    const { code, stderr } = await machine.deploy(["deploy", "colab", "writer.toml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("hint: Write its files with: agent-deploy render colab <config> --out <folder>");
  });
});

test("new writes a config that can be deployed", async () => {
  using machine = testMachine();
  expect((await machine.deploy(["new", "basic", "my-agent", "-o", "my-agent.toml"])).code).toBe(0);
  expect((await machine.deploy(["render", "docker", "my-agent.toml"])).code).toBe(0);
});
