import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Interrupted } from "../framework/interrupted.ts";
import { capture } from "../framework/testing.fixture.ts";
import { config, docker, EXTERNAL, LOGIN, SECRETS, testMachine } from "./testing.fixture.ts";

/** What is done to agents that are deployed, against doubles of docker and fly. */

describe("rollback", () => {
  const image = (machine: ReturnType<typeof testMachine>) => {
    const [path] = machine.kept().filter((file) => file.endsWith("docker/writer/compose.yaml"));
    return /image: "?([^\s"]+)/.exec(machine.read(join("../home", path!)))?.[1];
  };

  test("goes back to the files of the version before", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    for (const tag of ["1.0", "2.0"])
      await machine.deploy(["deploy", "docker", "writer.toml", "--image", `r.example.com/a:${tag}`]);
    expect(image(machine)).toBe("r.example.com/a:2.0");
    expect((await machine.deploy(["rollback", "docker", "writer.toml"])).code).toBe(0);
    expect(image(machine)).toBe("r.example.com/a:1.0");
    expect(machine.lines().at(-1)).toMatch(/ up /);
  });

  test("without one it says so", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    const { code, stderr } = await machine.deploy(["rollback", "docker", "writer.toml"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: no version of writer is known that was deployed before from this machine\n {2}hint: /,
    );
  });
});

describe("destroy", () => {
  test("asks on a terminal, and takes no for an answer", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    for (const stdin of ["n\n", "\n", ""]) {
      const { code, stderr } = await machine.deploy(["destroy", "docker", "writer.toml"], {
        tty: true,
        stdin,
      });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /Destroy writer on docker, and what they keep there\? \[y\/N\] Nothing was changed\.\n$/,
        ),
      });
    }
    expect(machine.lines().filter((line) => / down /.test(line))).toEqual([]);
    expect(
      (await machine.deploy(["destroy", "docker", "writer.toml"], { tty: true, stdin: "yes\n" })).code,
    ).toBe(0);
    expect(machine.lines().at(-1)).toMatch(/ down --volumes/);
  });

  test("without a terminal it wants --yes, and then leaves nothing behind", async () => {
    using machine = testMachine(docker(), { variables: SECRETS });
    machine.put("one.toml", config("one", LOGIN));
    await machine.deploy(["deploy", "docker", "one.toml"]);
    const refused = await machine.deploy(["destroy", "docker", "one.toml"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/hint: If it is, add --yes\./);
    expect(machine.kept()).not.toEqual([]);
    expect((await machine.deploy(["destroy", "docker", "one.toml", "--yes"])).code).toBe(0);
    expect(machine.kept()).toEqual([]);
  });
});

describe("looking", () => {
  test("status shows what the platform says", async () => {
    using machine = testMachine(
      docker({ when: / ps /, say: { stdout: "NAME     STATUS\nwriter-writer-1   Up (healthy)\n" } }),
    );
    expect(await machine.deploy(["status", "docker", "writer.toml"])).toEqual({
      code: 0,
      stdout: "NAME     STATUS\nwriter-writer-1   Up (healthy)\n",
      stderr: "",
    });
    const { stdout } = await machine.deploy(["status", "docker", "writer.toml", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      target: "docker",
      project: "writer",
      status: ["NAME     STATUS", "writer-writer-1   Up (healthy)"],
    });
  });

  test("logs go through, line by line, with their options", async () => {
    using machine = testMachine(docker({ when: / logs /, say: { stdout: '{"level":"info"}\n' } }));
    expect((await machine.deploy(["logs", "docker", "writer.toml", "--tail", "7"])).stdout).toBe(
      '{"level":"info"}\n',
    );
    expect(machine.lines().at(-1)).toMatch(/ logs .*7/);
    const wrong = await machine.deploy(["logs", "docker", "writer.toml", "--agent", "writr"]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("none of the deployments is named writr"),
    });
  });

  test("Ctrl-C is how following ends", async () => {
    const controller = new AbortController();
    const stdout = capture();
    const write = stdout.write.bind(stdout);
    stdout.write = (text) => {
      write(text);
      controller.abort(new Interrupted("SIGINT"));
    };
    using machine = testMachine(docker({ when: / logs /, say: { stdout: "a line\n", hangs: true } }));
    const { code, stderr } = await machine.deploy(["logs", "docker", "writer.toml", "--follow"], {
      signal: controller.signal,
      stdout,
    });
    expect({ code, stderr, stdout: stdout.text }).toEqual({ code: 0, stderr: "", stdout: "a line\n" });
  });
});

describe("secrets", () => {
  test("list tells which are needed, and where they are set, and never what they are", async () => {
    const list = { when: /^secrets list/, say: { stdout: JSON.stringify([{ Name: "SERPER_API_KEY" }]) } };
    using machine = testMachine({ fly: [list] }, { variables: SECRETS });
    machine.put(
      "writer.toml",
      config(
        "writer",
        `${EXTERNAL}username_env = "MQTT_USERNAME"\n[tools]\nweb_search = { impl = "serper" }\n`,
      ),
    );
    const { code, stdout } = await machine.deploy(["secrets", "list", "fly", "writer.toml"]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "AGENT   SECRET          NEEDED  HERE  PLATFORM  FOR",
        "writer  MQTT_USERNAME   no      –     –         mqtt.username_env",
        "writer  OPENAI_API_KEY  yes     set   –         llm.provider",
        "writer  SERPER_API_KEY  yes     –     set       tools.web_search",
        "",
      ].join("\n"),
    );
  });

  test("it ends with 1 when one is missing; a platform that cannot be asked is no error", async () => {
    using machine = testMachine();
    const { code, stdout } = await machine.deploy(["secrets", "list", "fly", "writer.toml", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        agent: "writer",
        name: "OPENAI_API_KEY",
        required: true,
        usedBy: ["llm.provider"],
        here: false,
        there: null,
        madeUp: false,
      },
    ]);
  });

  test("push hands over those that are set here, on standard input", async () => {
    using machine = testMachine({ fly: [] }, { variables: { ...SECRETS, OTHER_API_KEY: "not-asked-for" } });
    expect((await machine.deploy(["secrets", "push", "fly", "writer.toml"])).code).toBe(0);
    const call = machine.calls().find(({ argv }) => argv[1] === "import");
    expect(call?.stdin).toContain(SECRETS.OPENAI_API_KEY);
    expect(call?.stdin).not.toContain("not-asked-for");
    const none = await machine.deploy(["secrets", "push", "fly", "writer.toml"], {
      env: { OPENAI_API_KEY: "" },
    });
    expect(none.stderr).toMatch(
      /^error: none of the secrets that the configs name is set here\n {2}hint: .*agent-deploy secrets list fly/,
    );
  });
});
