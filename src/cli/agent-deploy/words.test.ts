import { describe, expect, test } from "bun:test";
import { config, EXTERNAL, testMachine } from "./testing.fixture.ts";

/** What the command line says, as the plan has it. */

const planOf = async (
  machine: ReturnType<typeof testMachine>,
  argv: string[],
  env: Record<string, string> = {},
) => {
  const { code, stdout, stderr } = await machine.deploy(
    ["deploy", "docker", ...argv, "--dry-run", "--json"],
    { env },
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};
const errorOf = async (machine: ReturnType<typeof testMachine>, argv: string[]) => {
  const { code, stderr } = await machine.deploy(["deploy", "docker", ...argv, "--dry-run"]);
  return { code, stderr };
};

describe("configs and names", () => {
  test("files, agents that are part of the program, or both", async () => {
    using machine = testMachine();
    const external = ["--set", "MQTT_BROKER_URL=mqtts://mqtt.example.com:8883"];
    const { agents, project } = await planOf(machine, ["writer.toml", "researcher", "editor", ...external]);
    expect(agents.map(({ name }: { name: string }) => name)).toEqual([
      "writer",
      "researcher-agent",
      "editor-agent",
    ]);
    expect(project).toBe("agents");
  });

  test("two agents that are part of the program are two agents", async () => {
    using machine = testMachine();
    expect((await planOf(machine, ["researcher", "editor"])).agents).toHaveLength(2);
  });

  test("a word before a config is its name", async () => {
    using machine = testMachine();
    expect((await planOf(machine, ["scribe", "writer.toml"])).agents[0].name).toBe("scribe");
    expect((await planOf(machine, ["writer.toml", "--name", "scribe"])).agents[0].name).toBe("scribe");
    expect(await errorOf(machine, ["a", "writer.toml", "--name", "b"])).toEqual({
      code: 2,
      stderr: "error: two names for one deployment: a and b\n  hint: Leave one of them out.\n",
    });
  });

  test("a name is for one config", async () => {
    using machine = testMachine();
    machine.put("b.toml", config("b", EXTERNAL));
    expect(await errorOf(machine, ["writer.toml", "b.toml", "--name", "x"])).toMatchObject({ code: 2 });
  });

  test("--config and CONFIG_PATH stand in, and without any of them it says so", async () => {
    using machine = testMachine();
    expect((await planOf(machine, ["--config", "writer.toml"])).agents).toHaveLength(1);
    expect((await planOf(machine, [], { CONFIG_PATH: "writer.toml" })).agents).toHaveLength(1);
    expect((await errorOf(machine, [])).stderr).toMatch(/^error: no config file was named/);
  });

  test("a platform that is none is told, with the one that is meant", async () => {
    using machine = testMachine();
    const { code, stderr } = await machine.deploy(["deploy", "dokcer", "writer.toml"]);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean "docker"?');
  });
});

describe("--set", () => {
  test("takes keys of the config, which reach the agent as arguments", async () => {
    using machine = testMachine();
    const { agents } = await planOf(machine, [
      "writer.toml",
      "--set",
      "llm.model=gpt-5.4",
      "-s",
      "deploy.image=r/a:1",
    ]);
    expect(agents[0].args).toEqual(["run", "--set", "llm.model=gpt-5.4"]);
    expect(agents[0].image).toBe("r/a:1");
  });

  test("and plain variables, which come before those of a file", async () => {
    using machine = testMachine();
    machine.put("a.env", "GREETING=from a\nexport OTHER='a # b'\nEMPTY=\n");
    machine.put("b.env", 'GREETING="from b"\n');
    const argv = ["writer.toml", "--env", "a.env", "--env", "b.env"];
    expect((await planOf(machine, argv)).agents[0].env).toMatchObject({ GREETING: "from b", OTHER: "a # b" });
    expect((await planOf(machine, argv)).agents[0].env).not.toHaveProperty("EMPTY");
    expect((await planOf(machine, [...argv, "--set", "GREETING=hi"])).agents[0].env).toMatchObject({
      GREETING: "hi",
    });
  });

  test.each([
    [["--set", "x"], /--set needs KEY=VALUE/],
    [["--set", "a-b=c"], /--set a-b: neither a config key, as llm\.model, nor the name of a variable/],
    [["--set", "llm.modle=c"], /llm\.modle/],
    [["--set", "agent.id.x=c"], /--set agent\.id\.x: what is on the way to it in writer\.toml is no table/],
    [["--set", "deploy.replicas=many"], /deploy\.replicas\s+expected a whole number/],
    [["--replicas", "-1"], /expected at least 0/],
    [["--region", "Frankfurt"], /deploy\.fly\.region/],
    [["--env", "nowhere.env"], /--env: nowhere\.env cannot be read: there is no such file/],
  ])("%j is refused", async (argv, expected) => {
    using machine = testMachine();
    const { code, stderr } = await errorOf(machine, ["writer.toml", ...argv]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(expected);
  });

  test("a secret is refused, and not shown", async () => {
    using machine = testMachine();
    for (const setting of [
      "OPENAI_API_KEY=hunter2hunter2",
      "X=sk-abcdefghijklmnop1234",
      "MQTT_BROKER_URL=mqtt://me:hunter2@host",
    ]) {
      const { code, stderr } = await errorOf(machine, ["writer.toml", "--set", setting]);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /a secret must not stand on the command line\n {2}hint: Set \w+ in the environment, or in a file for --env\./,
      );
      expect(stderr).not.toMatch(/hunter2|abcdefgh/);
    }
  });

  test("options stand for keys of [deploy], and come before them", async () => {
    using machine = testMachine();
    machine.put("writer.toml", config("writer", `${EXTERNAL}[deploy]\nimage = "r/a:1"\n`));
    expect((await planOf(machine, ["writer.toml"])).agents[0].image).toBe("r/a:1");
    expect((await planOf(machine, ["writer.toml", "--image", "r/a:2"])).agents[0].image).toBe("r/a:2");
    expect((await planOf(machine, ["writer.toml", "--project", "team"])).project).toBe("team");
  });
});

describe("files that a config names", () => {
  test("are carried, or what is in the way is told", async () => {
    using machine = testMachine();
    machine.put("tls/ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    machine.put("tls/key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    const withFile = (line: string) => machine.put("writer.toml", config("writer", `${EXTERNAL}${line}\n`));
    withFile('ca_file = "tls/ca.pem"');
    expect(JSON.stringify(await planOf(machine, ["writer.toml"]))).toContain("BEGIN CERTIFICATE");
    for (const [line, expected] of [
      [
        'ca_file = "tls/none.pem"',
        /writer: mqtt\.ca_file: tls\/none\.pem is not there\n {2}hint: It was looked for at .*work\/tls\/none\.pem\./,
      ],
      [
        'key_file = "tls/key.pem"',
        /writer: mqtt\.key_file: a private key is never written into what is deployed\n {2}hint: /,
      ],
      ['ca_file = "tls/key.pem"', /writer: mqtt\.ca_file: tls\/key\.pem holds a private key/],
      ['ca_file = "tls"', /writer: mqtt\.ca_file: tls cannot be carried along/],
    ] as const) {
      withFile(line);
      expect((await errorOf(machine, ["writer.toml"])).stderr).toMatch(expected);
    }
  });
});

describe("warnings", () => {
  test("what works on this machine may not in a container", async () => {
    using machine = testMachine();
    machine.put(
      "writer.toml",
      `[agent]\nid = "w"\n[llm]\nprovider = "ollama"\nmodel = "m"\nsystem_prompt = "x"\n${EXTERNAL}
[tools]
docs = { impl = "mcp", config = { command = "npx", args = ["x"] } }
read = { impl = "builtin", config = { allowed_paths = ["./data"] } }
`.replace("read = ", "file_read = "),
    );
    const { stderr } = await errorOf(machine, ["writer.toml"]);
    expect(stderr).toContain(
      "warning: writer.toml: llm: the model at 127.0.0.1:11434 is on this machine, and out of the container's reach. Set base_url.\n",
    );
    expect(stderr).toContain("warning: writer.toml: tools.docs.command: the image must hold npx.\n");
    expect(stderr).toContain(
      "warning: writer.toml: tools.file_read.allowed_paths: folders of this machine are not there; mount what the agent shall see.\n",
    );
    const elsewhere = await errorOf(machine, [
      "writer.toml",
      "--set",
      "OLLAMA_HOST=http://ollama.internal:11434",
    ]);
    expect(elsewhere.stderr).not.toContain("llm: the model");
  });
});
