import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Interrupted } from "../framework/interrupted.ts";
import { capture } from "../framework/testing.fixture.ts";
import { COMPOSE, config, docker, EXTERNAL, LOGIN, SECRETS, testMachine } from "./testing.fixture.ts";

/** Deploying, against doubles of docker and fly. */

/** An image of a registry, so that nothing is built. */
const FLY = ["deploy", "fly", "writer.toml", "--image", "registry.example.com/agent2389:1.0"];

describe("deploy", () => {
  test("renders, hands secrets over, starts, and says what to do next", async () => {
    using machine = testMachine(docker(), { env: ["OPENAI_API_KEY"], variables: SECRETS });
    const { code, stdout, stderr } = await machine.deploy(["deploy", "docker", "writer.toml"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("✓ start writer") });
    expect(stderr).toMatch(/^target +docker: /);
    expect(stderr).toMatch(/^secrets +OPENAI_API_KEY handed over$/m);
    expect(stderr).toMatch(/^writer +writer\.toml #[0-9a-f]{10} /m);
    expect(stdout).toContain("agent2389 ask writer");
    const up = machine.calls().find(({ argv }) => argv.includes("up"));
    expect(up?.env).toEqual(SECRETS);
    const file = up?.argv[up.argv.indexOf("--file") + 1];
    expect(file).toEndWith("/agent-deploy/docker/writer/compose.yaml");
    expect(machine.kept()).toContain(".local/state/agent2389/agent-deploy/docker/writer/compose.yaml");
  });

  test("no file, argument or output ever holds a secret", async () => {
    const say = { stderr: `it is ${SECRETS.OPENAI_API_KEY}\n`, code: 1 };
    using machine = testMachine(docker({ when: / up /, say }), { variables: SECRETS });
    machine.put("production.env", "SERPER_API_KEY=serper-key-5678\n");
    machine.put("writer.toml", config("writer", `${EXTERNAL}[tools]\nweb_search = { impl = "serper" }\n`));
    const argv = ["deploy", "docker", "writer.toml", "--env", "production.env"];
    for (const more of [[], ["--dry-run"], ["--json"], ["--dry-run", "--json"], ["--verbose"]]) {
      const { stdout, stderr } = await machine.deploy([...argv, ...more]);
      expect(`${stdout}${stderr}${machine.lines().join("\n")}`).not.toMatch(/not-a-real-key|serper-key/);
    }
    for (const path of machine.kept())
      expect(machine.read(join("../home", path))).not.toMatch(/not-a-real-key|serper-key/);
  });

  test("several agents are one project with one broker, and a login is made up once", async () => {
    using machine = testMachine(docker(), { env: ["MQTT_USERNAME", "MQTT_PASSWORD"], variables: SECRETS });
    for (const id of ["one", "two"]) machine.put(`${id}.toml`, config(id, LOGIN));
    const argv = ["deploy", "docker", "one.toml", "two.toml"];
    const first = await machine.deploy(argv);
    expect({ code: first.code, stderr: first.stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/login made up, kept in .*agents\.login\.env/),
    });
    await machine.deploy(argv);
    const [one, two] = machine.calls().filter(({ argv }) => argv.includes("up"));
    expect(one?.env["MQTT_PASSWORD"]).toMatch(/^[\w-]{32}$/);
    expect(two?.env).toEqual(one!.env);
    const [file] = machine.kept().filter((path) => path.endsWith(".login.env"));
    expect(statSync(join(machine.cwd, "../home", file!)).mode & 0o777).toBe(0o600);
    expect(`${first.stdout}${first.stderr}`).not.toContain(one!.env["MQTT_PASSWORD"]!);
  });

  test("a login that is given comes before one that was made up", async () => {
    using machine = testMachine(docker(), { env: ["MQTT_USERNAME", "MQTT_PASSWORD"], variables: SECRETS });
    machine.put("one.toml", config("one", LOGIN));
    await machine.deploy(["deploy", "docker", "one.toml"]);
    const given = { MQTT_USERNAME: "me", MQTT_PASSWORD: "my-own-password" };
    await machine.deploy(["deploy", "docker", "one.toml"], { env: given });
    expect(machine.calls().findLast(({ argv }) => argv.includes("up"))?.env).toEqual(given);
    const half = await machine.deploy(["deploy", "docker", "one.toml"], { env: { MQTT_USERNAME: "me" } });
    expect(half.stderr).toContain("MQTT_PASSWORD  for mqtt.password_env of one");
    expect(half.stderr).toContain("Any login will do for the broker");
  });

  test("the seeds' spelling: <platform> <agent-name> <config>", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    expect((await machine.deploy(["deploy", "docker", "my-writer", "writer.toml"])).code).toBe(0);
    expect(machine.lines().at(-1)).toContain("--project-name my-writer");
  });

  test("--json gives one document, whatever the programs print", async () => {
    const say = { stdout: "Container writer Started\n" };
    using machine = testMachine(docker({ when: / up /, say }), { variables: SECRETS });
    const { stdout, stderr } = await machine.deploy(["deploy", "docker", "writer.toml", "--json"]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      target: "docker",
      project: "writer",
      broker: { kind: "external", url: "mqtts://mqtt.example.com:8883" },
      agents: [
        { name: "writer", secrets: [{ name: "OPENAI_API_KEY", required: true, usedBy: ["llm.provider"] }] },
      ],
      next: expect.any(Array),
    });
  });

  test("--quiet says nothing but what to do next", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    const { stdout, stderr } = await machine.deploy(["deploy", "docker", "writer.toml", "--quiet"]);
    expect(stderr).toBe("");
    expect(stdout).not.toBe("");
  });
});

describe("a dry run", () => {
  test("shows files and exact commands, needs no program and no secret, and does nothing", async () => {
    using machine = testMachine();
    const { code, stdout, stderr } = await machine.deploy(["deploy", "docker", "writer.toml", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toContain("/docker/writer/compose.yaml\n");
    expect(stdout).toContain('id = "writer"');
    expect(stdout).toMatch(/^docker compose .*--project-name writer --file \S+ up /m);
    expect(stdout).toMatch(/^# {3}variables with secrets: OPENAI_API_KEY$/m);
    expect(stderr).toMatch(/^secrets +OPENAI_API_KEY not set here$/m);
    expect(machine.kept()).toEqual([]);
    expect(machine.calls()).toEqual([]);
  });

  test("in JSON: files by path, steps in order", async () => {
    using machine = testMachine();
    const { stdout } = await machine.deploy(["deploy", "docker", "writer.toml", "--dry-run", "--json"]);
    const { files, steps } = JSON.parse(stdout);
    expect(Object.keys(files)).toContain("compose.yaml");
    expect(steps.at(-1)).toMatchObject({
      command: expect.stringMatching(/^docker compose .* up /),
      readOnly: false,
    });
  });

  test("needs not even a home", async () => {
    using machine = testMachine();
    const { stdout } = await machine.deploy(["deploy", "docker", "writer.toml", "--dry-run"], {
      env: { HOME: "" },
    });
    expect(stdout).toContain("# <folder>/docker/writer/compose.yaml");
  });
});

describe("before anything is changed", () => {
  const nothingDone = (machine: ReturnType<typeof testMachine>) => {
    expect(machine.lines().filter((line) => !/version|inspect|secrets list|whoami/.test(line))).toEqual([]);
    expect(machine.kept()).toEqual([]);
  };

  test("a program that is missing is told, with how to get it", async () => {
    using machine = testMachine({}, { variables: SECRETS });
    const { code, stderr } = await machine.deploy(FLY);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: fly or flyctl is not on PATH, and is needed\n {2}hint: To get it: .*https:\/\/fly\.io/,
    );
    nothingDone(machine);
  });

  test("one that is too old, too", async () => {
    using machine = testMachine(
      { docker: [{ ...COMPOSE, say: { stdout: "v2.10.0" } }] },
      { variables: SECRETS },
    );
    expect((await machine.deploy(["deploy", "docker", "writer.toml"])).stderr).toMatch(
      /docker is version 2\.10\.0; 2\.23\.1 or newer is needed/,
    );
    nothingDone(machine);
  });

  test("all secrets that are set nowhere, with what they are for", async () => {
    using machine = testMachine({
      fly: [{ when: /^secrets list/, say: { code: 1, stderr: "no such app" } }],
    });
    machine.put("writer.toml", config("writer", `${EXTERNAL}[tools]\nweb_search = { impl = "serper" }\n`));
    const { code, stderr } = await machine.deploy(FLY);
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: secrets are missing:\n" +
        "  OPENAI_API_KEY  for llm.provider of writer\n" +
        "  SERPER_API_KEY  for tools.web_search of writer\n" +
        "  hint: Set OPENAI_API_KEY, SERPER_API_KEY in the environment or in a file for --env.\n",
    );
    nothingDone(machine);
  });

  test("one that stands on the platform is not missed", async () => {
    const list = { when: /^secrets list/, say: { stdout: JSON.stringify([{ Name: "OPENAI_API_KEY" }]) } };
    using machine = testMachine({ fly: [list] });
    const { stderr } = await machine.deploy(FLY);
    expect(stderr).not.toContain("missing");
    expect(stderr).toMatch(/^secrets +OPENAI_API_KEY as set there$/m);
  });

  test("everything that is wrong with every config", async () => {
    using machine = testMachine(docker());
    machine.put("bad.toml", "[agent]\nid = 7\n");
    machine.put("worse.toml", "[agent\n");
    const { code, stderr } = await machine.deploy([
      "deploy",
      "docker",
      "bad.toml",
      "writer.toml",
      "worse.toml",
      "nowhere.toml",
    ]);
    expect(code).toBe(1);
    for (const text of ["bad.toml:2:6", "llm", "worse.toml:1", "nowhere.toml"])
      expect(stderr).toContain(text);
    nothingDone(machine);
  });

  test("a name that is none, two agents of one id, a platform that cannot: each with a remedy", async () => {
    using machine = testMachine(docker());
    const errorOf = async (...argv: string[]) => (await machine.deploy(["deploy", ...argv])).stderr;
    expect(await errorOf("docker", "writer.toml", "--name", "My_Writer")).toBe(
      'error: writer: the name "My_Writer" is no DNS label, which platforms ask for\n' +
        '  hint: Up to 63 lower-case letters, digits and "-", no "-" at the ends, as my-writer.\n',
    );
    expect(await errorOf("docker", "writer.toml", "./writer.toml")).toContain('have the agent id "writer"');
    machine.put("edge.toml", config("edge", `${EXTERNAL}[deploy]\naccelerator = "jetson"\n`));
    expect(await errorOf("fly", "edge.toml")).toMatch(/^error: edge: Fly has no NVIDIA Jetson/);
    expect(await errorOf("fly", "writer.toml", "--set", "mqtt.broker_url=mqtt://localhost")).toMatch(
      /broker/,
    );
    nothingDone(machine);
  });
});

describe("when a step fails", () => {
  test("its words, its reason, what stands and how to go on are told", async () => {
    using machine = testMachine(
      docker(
        { when: / up /, say: { code: 1, stderr: "container writer is unhealthy\n" } },
        { when: / logs /, say: { stdout: "writer  | no such model\n" } },
      ),
      { variables: SECRETS },
    );
    const { code, stderr } = await machine.deploy(["deploy", "docker", "writer.toml"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/✗ start writer/);
    expect(stderr).toMatch(
      /error: could not start writer [^\n]*: docker ended with 1\n {2}\| container writer is unhealthy\n/,
    );
    expect(stderr).toContain("| writer  | no such model");
    expect(stderr).toMatch(/hint: What was started stays/);
  });

  test("doing it again goes on", async () => {
    const up = { when: / up /, say: [{ code: 1 }, { code: 0 }] };
    using machine = testMachine(docker(up), { variables: SECRETS });
    const codes = [];
    for (let i = 0; i < 2; i++) codes.push((await machine.deploy(["deploy", "docker", "writer.toml"])).code);
    expect(codes).toEqual([1, 0]);
  });

  test("Ctrl-C ends what runs, and tells where it stopped", async () => {
    const controller = new AbortController();
    const stderr = capture();
    const write = stderr.write.bind(stderr);
    stderr.write = (text) => {
      write(text);
      if (text.includes("begun")) controller.abort(new Interrupted("SIGINT"));
    };
    using machine = testMachine(docker({ when: / up /, say: { stdout: "begun\n", hangs: true } }), {
      variables: SECRETS,
    });
    const { code } = await machine.deploy(["deploy", "docker", "writer.toml"], {
      signal: controller.signal,
      stderr,
    });
    expect(code).toBe(130);
    expect(stderr.text).toMatch(/! start writer .*: stopped; what was done before it stands\n$/);
  });
});
