import { describe, expect, test } from "bun:test";
import type { AgentInput } from "./agent-input.ts";
import { agentOf, broker, input, plan, problemsOf } from "./make-plan.fixture.ts";
import { examplePlans } from "./plans.fixture.ts";

describe("container", () => {
  test("the deployment says where things are, whatever the config says", async () => {
    const agent = await agentOf(`${broker}[server]\nport = 9\nhost = "127.0.0.1"\n[storage]\ndir = "data"`, {
      set: { HEALTH_PORT: "9999", LOG_LEVEL: "warn" },
    });
    expect(agent.env).toEqual({
      AGENT2389_DATA_DIR: "/var/lib/agent2389",
      CONFIG_PATH: "/app/config/agent.toml",
      HEALTH_HOST: "0.0.0.0",
      HEALTH_PORT: "8080",
      LOG_FORMAT: "json",
      LOG_LEVEL: "warn",
    });
    expect(Object.keys(agent.env)).toEqual(Object.keys(agent.env).sort());
    expect(agent.health?.port).toBe(8080);
    expect(agent.storage).toEqual({ mountPath: "/var/lib/agent2389", size: "1Gi" });
  });

  test("how the config wants to log, it logs", async () => {
    const { env } = await agentOf(`${broker}[log]\nlevel = "debug"\nformat = "pretty"`);
    expect(env).toMatchObject({ LOG_LEVEL: "debug", LOG_FORMAT: "pretty" });
  });

  test("keys that are set reach the agent as arguments, but not those of the deployment", async () => {
    const agent = await agentOf(broker, { keys: { "llm.model": "a b" } });
    expect(agent.args).toEqual(["run", "--set", "llm.model=a b"]);
    expect(await problemsOf(input(broker, { keys: { "server.port": "80" } }))).toEqual([
      expect.stringMatching(/^Writer\.One: --set server\.port: the deployment itself says that -> /),
    ]);
  });

  test("a broker that is set comes before the one that would be deployed along", async () => {
    const made = plan([await input("", { keys: { "mqtt.broker_url": "mqtts://b.example.com" } })]);
    expect(made.plan.broker).toEqual({ kind: "external", url: "mqtts://b.example.com" });
    const local = plan([await input(broker, { keys: { "mqtt.broker_url": "mqtt://localhost" } })]);
    expect(local.plan.agents[0]!.args).toEqual(["run"]);
  });

  test("it is killed ten seconds after its tasks had to be done", async () => {
    expect(await agentOf(`${broker}[runtime]\ndrain_secs = 45.5`)).toMatchObject({
      drainSeconds: 45.5,
      killAfterSeconds: 56,
    });
  });

  test("no health server, no probes", async () => {
    expect((await agentOf(`${broker}[server]\nenabled = false`)).health).toBeUndefined();
  });

  test("the image is this version's, or that of JetPack, or the one that is named", async () => {
    expect((await agentOf(broker)).image).toBe("agent2389:1.2.3");
    const jetson = await agentOf(`${broker}[deploy]\naccelerator = "jetson"\njetpack = "6.1"`);
    expect(jetson.image).toBe("agent2389:1.2.3-jetpack6.1");
    expect(jetson.accelerator).toEqual({ kind: "jetson", jetpack: "6.1", cachePath: "/var/cache/agent2389" });
    expect((await agentOf(`${broker}[deploy]\nimage = "r.example.com/a:1"`)).image).toBe("r.example.com/a:1");
  });
});

describe("replicas", () => {
  test("more than one is refused, as each would take the other's session", async () => {
    expect(await problemsOf(input(`${broker}[deploy]\nreplicas = 2`))).toEqual([
      "Writer.One: replicas = 2 needs a shared subscription: without one each replica would take the other's session -> " +
        "Set [mqtt] shared_subscription = true, or deploy one replica.",
    ]);
    expect(await problemsOf(input(`${broker}[deploy.k8s]\nautoscale = "keda"`))).toEqual([
      expect.stringContaining('autoscale = "keda" needs a shared subscription'),
    ]);
  });

  test("unless they share the tasks", async () => {
    const shared = `${broker}shared_subscription = true\n`;
    expect((await agentOf(`${shared}[deploy]\nreplicas = 2`)).replicas).toBe(2);
    await agentOf(`${shared}[deploy.k8s]\nautoscale = "keda"`);
  });
});

describe("files", () => {
  const pem = { usedBy: "mqtt.ca_file", path: "certs/ca.pem", text: "PEM\n" };

  test("what the config names lies where it names it", async () => {
    const made = await input(broker);
    const { plan: first } = plan([{ ...made, files: [pem, pem] }]);
    expect(first.agents[0]!.files).toEqual([{ path: "/app/config/certs/ca.pem", text: "PEM\n" }]);
  });

  test("the hash is of the config and of all that lies beside it", async () => {
    const made = await input(broker);
    const hash = (files: AgentInput["files"], text = made.text) =>
      plan([{ ...made, files, text }]).plan.agents[0]!.config.hash;
    const hashes = [
      hash([]),
      hash([pem]),
      hash([{ ...pem, text: "other" }]),
      hash([{ ...pem, path: "b.pem" }]),
      hash([], "x"),
    ];
    expect(new Set(hashes).size).toBe(5);
    expect(hashes.every((one) => /^[0-9a-f]{10}$/.test(one))).toBe(true);
    expect(hash([pem])).toBe(hashes[1]!);
  });

  test.each([
    ["../ca.pem", "is not below the config's folder"],
    ["/home/me/ca.pem", "is not below the config's folder"],
    ["agent.toml", "has the name that the config itself has in the container"],
  ])("%s %s", async (path, why) => {
    const made = await input(broker);
    const { problems } = plan([{ ...made, files: [{ ...pem, path }] }]);
    expect(problems).toEqual([
      {
        agent: "Writer.One",
        message: expect.stringContaining(`mqtt.ca_file: ${path} ${why}`),
        hint: expect.any(String),
      },
    ]);
  });

  test("authorities that the image has are not carried", async () => {
    const made = await input(broker);
    const path = "/etc/ssl/certs/ca-certificates.crt";
    const { plan: first, problems } = plan([
      { ...made, files: [{ usedBy: "mqtt.ca_file", path, text: undefined }] },
    ]);
    expect(problems).toEqual([]);
    expect(first.agents[0]!.files).toEqual([]);
  });
});

test("secrets of [deploy.env] are told", async () => {
  expect(await problemsOf(input(`${broker}username_env = "B_USER"\n[deploy.env]\nB_USER = "me"\n`))).toEqual([
    "Writer.One: deploy.env.B_USER is a secret, or made of one, and would stand in what is rendered -> " +
      "Take it out of [deploy.env], and set B_USER in the environment: secrets are handed over at each deployment.",
  ]);
});

test("everything that is wrong is told at once", async () => {
  const problems = await problemsOf(
    input(`${broker}[deploy]\nreplicas = 3`, { id: "one", name: "One" }),
    input("", { id: "one", keys: { "server.host": "::" } }),
  );
  expect(problems).toHaveLength(5);
});

test("the examples hold no secret, and nothing that cannot be written down", () => {
  const text = JSON.stringify(examplePlans);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(structuredClone(examplePlans))));
  expect(text).not.toMatch(/placeholder/);
});
