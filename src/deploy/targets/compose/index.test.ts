import { expect, test } from "bun:test";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { CONTAINER } from "../../container.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import { expectCarried, testTarget } from "../../target-contract.fixture.ts";
import { filesIn, readBack, readProject, secretsFound, withDocker } from "./compose.fixture.ts";
import { target } from "./index.ts";

testTarget(target, { readBack });

const three = examplePlans["three-agents"];
const VARIANTS = {
  inline: {},
  "secrets as files": { secrets: "file" },
  "read-only root": { read_only: true },
} as const;
const VARIANT_NAMES = Object.keys(VARIANTS) as (keyof typeof VARIANTS)[];

const schemaFile = join(import.meta.dir, "../../../../test/schemas/compose-spec.json");
/** https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json (Apache-2.0) */
const composeSpec = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile({
  ...(await Bun.file(schemaFile).json()),
  $schema: "http://json-schema.org/draft-07/schema#",
});

test.each(EXAMPLE_NAMES.flatMap((name) => VARIANT_NAMES.map((variant) => [name, variant] as const)))(
  "%s, %s: is a project of the Compose Specification, and carries all of the plan",
  (name, variant) => {
    for (const base of [examplePlans[name], externalBrokerPlans[name]]) {
      const plan = withDocker(base, VARIANTS[variant]);
      expect(target.problems(plan)).toEqual([]);
      const files = target.render(plan);
      const project = readProject(files);
      composeSpec(project);
      expect(composeSpec.errors).toBeNull();
      expectCarried(readBack(files, plan), plan);
      for (const agent of plan.agents) {
        const found = secretsFound(project.services[agent.name]!, project);
        expect(found.sort()).toEqual(agent.secrets.map((secret) => secret.name));
      }
    }
  },
);

test("the schema is one that can say no", () => {
  const project = readProject(target.render(examplePlans.minimal));
  for (const wrong of [
    { ...project, services: { hello: { ...project.services["hello"], readonly: true } } },
    { ...project, configs: { x: { content: 1 } } },
    { ...project, services: { "not a name": project.services["hello"] } },
  ]) {
    expect(composeSpec(wrong)).toBe(false);
  }
});

test("every container is hardened, limited, and ends in the time that it is given", () => {
  const plan = withDocker(three, { read_only: true });
  const { services } = readProject(target.render(plan));
  for (const service of Object.values(services)) {
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.tmpfs).toEqual([expect.stringMatching(/^\/tmp\b/)]);
    expect(service).not.toHaveProperty("privileged");
    expect(service).not.toHaveProperty("ports");
  }
  for (const agent of plan.agents) {
    expect(services[agent.name]).toMatchObject({
      read_only: true,
      init: true,
      restart: "unless-stopped",
      stop_grace_period: `${agent.killAfterSeconds}s`,
      deploy: {
        resources: { limits: { cpus: "0.5", memory: "1g" }, reservations: { memory: "256m" } },
      },
      logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
      healthcheck: { test: ["CMD", "agent2389", "healthcheck"], start_period: "120s" },
      volumes: expect.arrayContaining([`${agent.name}-data:${CONTAINER.data}`]),
      depends_on: { "agents-broker": { condition: "service_healthy" } },
    });
  }
});

test("Compose cannot copy into a read-only root, so nothing is inline there, and the other way round", () => {
  const inline = readProject(target.render(three));
  for (const service of Object.values(inline.services)) expect(service).not.toHaveProperty("read_only");
  const mounted = readProject(target.render(withDocker(three, { read_only: true })));
  expect(mounted).not.toHaveProperty("configs");
  expect(target.problems(withDocker(three, { read_only: true, secrets: "file" }))).toHaveLength(3);
});

test("the broker is Mosquitto with a listener, a password file, persistence, and a probe that logs in", () => {
  const files = target.render(three);
  const project = readProject(files);
  const broker = project.services["agents-broker"]!;
  const config = filesIn(broker, project, files)["/mosquitto/config/mosquitto.conf"];
  for (const line of ["listener 1883", "allow_anonymous false", "persistence true", "max_queued_messages 0"])
    expect(config).toContain(`\n${line}\n`);
  expect(config).toMatch(/\npassword_file \/tmp\//);
  expect(broker.command.join(" ")).toContain('"$MQTT_USERNAME" "$MQTT_PASSWORD"');
  expect(broker.healthcheck).toMatchObject({ test: expect.arrayContaining(["CMD", "mosquitto_sub"]) });
  expect(broker.volumes).toContain("agents-broker-data:/mosquitto/data");
  expect(broker.environment).toMatchObject({ MQTT_USERNAME: null, MQTT_PASSWORD: null });
});

test("a config without a login has a broker without one", () => {
  const [agent] = examplePlans.minimal.agents;
  const { broker } = examplePlans.minimal;
  if (broker.kind !== "included") throw new Error("the example has no broker along");
  const { auth: _, ...open } = broker;
  const files = target.render({ ...examplePlans.minimal, agents: [agent!], broker: open });
  const project = readProject(files);
  const service = project.services[broker.host]!;
  expect(service.command).toEqual(["mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]);
  expect(Object.values(filesIn(service, project, files)).join()).toContain("allow_anonymous true");
  expect(project.services["cli"]?.environment).toEqual({ MQTT_BROKER_URL: broker.url });
});

test("the program beside the broker starts only when it is asked for, and finds the login", () => {
  const { services, secrets } = readProject(target.render(three));
  expect(services["cli"]).toMatchObject({
    profiles: ["cli"],
    environment: {
      MQTT_BROKER_URL: "mqtt://agents-broker:1883",
      MQTT_USERNAME_FILE: "/run/secrets/MQTT_USERNAME",
      MQTT_PASSWORD_FILE: "/run/secrets/MQTT_PASSWORD",
    },
  });
  expect(secrets).toMatchObject({ MQTT_PASSWORD: { environment: "MQTT_PASSWORD" } });
  expect(readProject(target.render(externalBrokerPlans["three-agents"])).services).not.toHaveProperty("cli");
});

test("a Jetson's container has the runtime, the devices' group and a volume for engines", () => {
  const { services, volumes } = readProject(target.render(examplePlans.jetson));
  expect(services["edge-agent"]).toMatchObject({
    platform: "linux/arm64",
    runtime: "nvidia",
    group_add: ["video"],
    environment: { NVIDIA_VISIBLE_DEVICES: "all", NVIDIA_DRIVER_CAPABILITIES: "all" },
    volumes: ["edge-agent-data:/var/lib/agent2389", "edge-agent-cache:/var/cache/agent2389"],
  });
  expect(Object.keys(volumes ?? {})).toEqual(["edge-agent-data", "edge-agent-cache"]);
});

test("the health server gets a free port of this machine on request, of all addresses when it is public", () => {
  const published = readProject(target.render(withDocker(examplePlans.minimal, { publish: true })));
  expect(published.services["hello"]?.ports).toEqual([{ target: 8080, host_ip: "127.0.0.1" }]);
  expect(readProject(target.render(examplePlans.storage)).services["archive-agent-2"]?.ports).toEqual([
    { target: 8080 },
  ]);
});

test("replicas have journals of their own", () => {
  const [agent] = examplePlans.minimal.agents;
  const plan = { ...examplePlans.minimal, agents: [{ ...agent!, replicas: 3 }] };
  const { services, volumes } = readProject(target.render(plan));
  expect(services["hello"]?.volumes).toEqual(["/var/lib/agent2389"]);
  expect(services["hello"]?.deploy).toMatchObject({ replicas: 3 });
  expect(Object.keys(volumes ?? {})).toEqual(["hello-broker-data"]);
});

test("an agent without health endpoints is not asked for its health, whatever its image says", () => {
  const [agent] = examplePlans.minimal.agents;
  const plan = { ...examplePlans.minimal, agents: [{ ...agent!, health: undefined }] };
  expect(readProject(target.render(plan)).services["hello"]?.healthcheck).toEqual({ disable: true });
});

test("names that the Compose file needs itself are refused", () => {
  const [agent] = examplePlans.minimal.agents;
  for (const name of ["cli", "hello-broker"]) {
    const plan = { ...examplePlans.minimal, agents: [{ ...agent!, name }] };
    expect(target.problems(plan)).toMatchObject([
      { agent: name, hint: expect.stringContaining("[deploy] name") },
    ]);
  }
});

test("agents that share a broker must agree on how secrets and configs come in", () => {
  const [first, ...rest] = three.agents;
  const other = withDocker({ ...three, agents: [first!] }, { secrets: "file" });
  const problems = target.problems({ ...three, agents: [...other.agents, ...rest] });
  expect(problems.map(({ agent }) => agent)).toEqual(rest.map(({ name }) => name));
});

test("any text, variable and argument arrives as it is", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom(
      "$",
      "$$",
      "${X:-y}",
      "{{ x }}",
      "\t- a: b\n",
      "on",
      "1e3",
      "null",
      "~",
      "%",
      "a\nb\n",
      "é😀",
    ),
    fc
      .array(fc.constantFrom("$", "{", "}", "A", "\n", " ", "#", ":", "'", '"'), { maxLength: 12 })
      .map((parts) => parts.join("")),
  );
  const [agent] = examplePlans.minimal.agents;
  fc.assert(
    fc.property(hostile, hostile, fc.boolean(), (text, value, read_only) => {
      const changed = {
        ...agent!,
        config: { ...agent!.config, text },
        env: { ...agent!.env, VALUE: value },
        args: ["run", "--set", `x=${value}`],
      };
      const plan = withDocker({ ...examplePlans.minimal, agents: [changed] }, { read_only });
      const files = target.render(plan);
      const project = readProject(files);
      composeSpec(project);
      expect(composeSpec.errors).toBeNull();
      expectCarried(readBack(files, plan), plan);
    }),
    { numRuns: 300 },
  );
});
