import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { examplePlans } from "../../src/deploy/plans.fixture.ts";
import { binary, type Ended, runBinary } from "../e2e/binary.ts";
import { allAnswered, openConsumer, tally, taskIds } from "../fault/consumer.ts";
import { type OpenAiServer, startOpenAiServer } from "../peers/openai-server.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { until } from "../peers/until.ts";
import { type Engine, openEngine } from "./engine.ts";
import { ensureImages } from "./images.ts";

/**
 * Real containers: Dockerfile.generic is built, three agents and Mosquitto are deployed, work, are replaced while tasks
 * flow, and are taken away. The model is scripted, on this machine.
 */

const ROOT = join(import.meta.dir, "../..");
const IMAGE = "agent2389:docker-test";
const KEY = "sk-docker-0123456789abcdef";
const MINUTES = 60_000;

const broker = examplePlans.minimal.broker;
const opened = await openEngine();
const lacking =
  "unavailable" in opened
    ? opened.unavailable
    : await ensureImages(opened, broker.kind === "included" ? broker.image : "");
if (lacking !== undefined) console.warn(`skipped: tests with real containers: ${lacking}`);

describe.skipIf(lacking !== undefined)(
  `agents in Docker${lacking === undefined ? "" : ` (${lacking})`}`,
  () => {
    const engine = opened as Engine;
    let model: OpenAiServer;
    let temp: ReturnType<typeof tempDir>;

    beforeAll(async () => {
      await binary();
      temp = tempDir();
      const [bridge] = networkInterfaces()["docker0"] ?? [];
      model = startOpenAiServer({ hostname: bridge?.address ?? "0.0.0.0", latencyMs: 150 });
      await engine.docker(["image", "rm", "--force", IMAGE]);
      if (engine.own) await engine.clear();
      for (const [i, id] of ["first", "second", "third"].entries()) writeConfig(id, `Agent number ${i + 1}.`);
    }, 2 * MINUTES);

    afterAll(async () => {
      await model?.close();
      await engine.docker(["image", "rm", "--force", IMAGE]);
      await engine.docker(["image", "prune", "--force"]);
      if (engine.own) await engine.docker(["builder", "prune", "--force", "--keep-storage", "1gb"]);
      await engine.close();
      await temp?.[Symbol.asyncDispose]();
    }, MINUTES);

    function writeConfig(id: string, prompt: string, deploy = ""): string {
      const file = join(temp.path, `${id}.toml`);
      writeFileSync(
        file,
        `[agent]
id = "${id}"

[mqtt]
username_env = "MQTT_USERNAME"
password_env = "MQTT_PASSWORD"

[llm]
provider = "openai"
model = "test-model"
base_url = "http://host.docker.internal:${model.port}/v1"
system_prompt = "${prompt} Not a variable: $HOME, $\${X}"

[deploy]
image = "${IMAGE}"
${deploy}`,
      );
      return file;
    }

    const trio = () => ["first", "second", "third"].map((id) => join(temp.path, `${id}.toml`));
    const state = () => join(temp.path, "state");

    const tool = (argv: string[], env: Record<string, string> = {}): Promise<Ended> =>
      runBinary(["agent-deploy", ...argv], {
        // The image is built where the source is.
        cwd: ROOT,
        env: { ...engine.env, XDG_STATE_HOME: state(), OPENAI_API_KEY: KEY, ...env },
      });

    const inside = (project: string, service: string, ...argv: string[]) =>
      engine.docker([
        "compose",
        "--project-name",
        project,
        "exec",
        "--no-TTY",
        service,
        "agent2389",
        ...argv,
      ]);

    const left = async (...kind: string[]): Promise<string[]> =>
      (
        await engine.docker([...kind, "--quiet", "--filter", "label=com.docker.compose.project=agents"])
      ).stdout
        .split("\n")
        .filter(Boolean);

    test(
      "three agents are built, deployed, and work a pipeline",
      async () => {
        const deployed = await tool(["deploy", "docker", ...trio()]);
        expect(deployed).toMatchObject({ code: 0, stderr: expect.stringContaining("build the image") });
        expect(`${deployed.stdout}${deployed.stderr}`).not.toContain(KEY);

        const asked = await inside(
          "agents",
          "first",
          "ask",
          "first",
          "hello there",
          "--next",
          "second,third",
        );
        expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("hello there") });

        const status = await tool(["status", "docker", ...trio()]);
        expect(status.stdout.match(/\(healthy\)/g)).toHaveLength(4);
        const same = await tool(["diff", "docker", ...trio()]);
        expect(same).toMatchObject({ code: 0, stdout: "" });
      },
      4 * MINUTES,
    );

    test("containers may do nothing that they need not, and hold no secret in a file of theirs", async () => {
      const inspected = await engine.docker(["inspect", "agents-first-1", "agents-agents-broker-1"]);
      for (const { HostConfig, Config } of JSON.parse(inspected.stdout)) {
        expect(HostConfig).toMatchObject({
          CapDrop: ["ALL"],
          SecurityOpt: ["no-new-privileges:true"],
          Privileged: false,
        });
        expect(Config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
        expect(JSON.stringify(HostConfig.PortBindings)).toBe("{}");
      }
      const rendered = readFileSync(
        join(state(), "agent2389/agent-deploy/docker/agents/compose.yaml"),
        "utf8",
      );
      expect(rendered).not.toContain(KEY);
      // Whoever has no login is sent away.
      const anonymous = await engine.docker([
        ...["compose", "--project-name", "agents", "exec", "--no-TTY", "--env", "XDG_CONFIG_HOME=/nowhere"],
        ...["agents-broker", "mosquitto_sub", "-t", "#", "-E", "-W", "3"],
      ]);
      expect(anonymous.stderr).toContain("not authorised");
    });

    test(
      "a new config replaces agents while tasks flow: none is lost, none is answered twice",
      async () => {
        const login = parseEnv(
          readFileSync(join(state(), "agent2389/agent-deploy/docker/agents.login.env"), "utf8"),
        );
        const address = await engine.docker([
          ...[
            "inspect",
            "--format",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
            "agents-agents-broker-1",
          ],
        ]);
        const consumer = await openConsumer(1883, "first", "while-replacing", {
          host: address.stdout,
          username: login["MQTT_USERNAME"] ?? "",
          password: login["MQTT_PASSWORD"] ?? "",
        });
        const next = (topic: string, then: object | null = null) => ({
          topic,
          instruction: null,
          input: null,
          next: then,
        });
        const pipeline = next("/control/agents/second/input", next("/control/agents/third/input"));

        for (const id of ["first", "second", "third"]) writeConfig(id, "Now with another prompt.");
        const changed = await tool(["diff", "docker", ...trio()]);
        expect(changed.code).toBe(1);
        expect(changed.stdout).toMatch(/^~ first: would be replaced, its config is another/m);
        expect(changed.stdout).not.toContain("broker");

        let replaced = false;
        const replacing = tool(["deploy", "docker", ...trio()]).finally(() => {
          replaced = true;
        });
        const sent: string[] = [];
        while (!replaced) {
          const [id] = taskIds(1);
          await consumer.send(id!, { next: pipeline });
          sent.push(id!);
          await Bun.sleep(100); // tasks come one after the other, as they do
        }
        expect((await replacing).code).toBe(0);
        await until("all tasks are answered", () => consumer.answers.size >= sent.length, 60_000);
        expect(tally(consumer, sent)).toEqual(allAnswered(sent.length));
        expect(sent.length).toBeGreaterThan(50);
        await consumer.close();
        expect(model.requests.some(({ body }) => JSON.stringify(body).includes("another prompt"))).toBe(true);
      },
      3 * MINUTES,
    );

    test(
      "logs are shown, and what ran before comes back",
      async () => {
        const logs = await tool(["logs", "docker", ...trio(), "--agent", "second", "--tail", "5"]);
        expect(logs.code).toBe(0);
        expect(logs.stdout).toContain('"agent":"second"');
        const before = await tool(["rollback", "docker", ...trio()]);
        expect(before.code).toBe(0);
        model.requests.length = 0;
        const asked = await inside("agents", "third", "ask", "third", "who are you");
        expect(asked.code).toBe(0);
        expect(JSON.stringify(model.requests.at(-1)?.body)).toContain("Agent number 3.");
      },
      2 * MINUTES,
    );

    test(
      "taken away, they leave nothing behind",
      async () => {
        expect((await tool(["destroy", "docker", ...trio(), "--yes"])).code).toBe(0);
        for (const kind of [
          ["ps", "--all"],
          ["volume", "ls"],
          ["network", "ls"],
        ])
          expect({ kind, left: await left(...kind) }).toEqual({ kind, left: [] });
      },
      MINUTES,
    );

    test.concurrent.each([
      ["files", '[deploy.docker]\nsecrets = "file"\n'],
      ["sealed", "[deploy.docker]\nread_only = true\n"],
    ])(
      "%s: the other ways to bring configs and secrets in work as well",
      async (id, deploy) => {
        const file = writeConfig(id, "As it is.", deploy);
        const login = { MQTT_USERNAME: "a user", MQTT_PASSWORD: `pass "word" $X 'y' \\` };
        expect(await tool(["deploy", "docker", file], login)).toMatchObject({ code: 0 });
        const asked = await inside(id, id, "ask", id, "hello there");
        expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("hello there") });
        const inspected = await engine.docker(["inspect", `${id}-${id}-1`]);
        const [{ HostConfig, Config }] = JSON.parse(inspected.stdout);
        expect(HostConfig.ReadonlyRootfs).toBe(id === "sealed");
        expect(Config.Env.includes(`OPENAI_API_KEY=${KEY}`)).toBe(id === "sealed");
        const other = `sk-other-${id}-0123456789abcdef`;
        expect(
          await tool(["secrets", "push", "docker", file], { ...login, OPENAI_API_KEY: other }),
        ).toMatchObject({ code: 0 });
        expect((await inside(id, id, "ask", id, "hello again")).code).toBe(0);
        expect(model.requests.some(({ headers }) => headers["authorization"] === `Bearer ${other}`)).toBe(
          true,
        );
        expect((await tool(["destroy", "docker", file, "--yes"], login)).code).toBe(0);
      },
      2 * MINUTES,
    );
  },
);
