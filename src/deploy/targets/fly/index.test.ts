import { expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, externalBrokerPlans } from "../../plans.fixture.ts";
import type { Files } from "../../target.ts";
import { type Carried, testTarget } from "../../target-contract.fixture.ts";
import { argumentLine } from "./argument-line.ts";
import { flyTomlSchema } from "./fly-toml.schema.fixture.ts";
import { flyToml, HASH_VARIABLE } from "./fly-toml.ts";
import { target } from "./index.ts";

testTarget(target, { refuses: ["jetson"], externalBroker: true, readBack });

/** As flyctl reads it: paths of files are relative to the folder of fly.toml. */
function readBack(files: Files, plan: DeployPlan): Carried[] {
  return plan.agents.map(({ name, config }) => {
    const folder = plan.agents.length === 1 ? "" : `${name}/`;
    const read = flyTomlSchema.parse(parse(files[`${folder}fly.toml`] ?? ""));
    const carried = Object.fromEntries(
      (read.files ?? []).map(({ guest_path, local_path }) => [
        guest_path,
        files[`${folder}${local_path}`] ?? "",
      ]),
    );
    return {
      agent: read.app,
      config: carried[config.path] ?? "",
      files: carried,
      env: read.env ?? {},
      args: splitLikeShell(read.processes?.["app"] ?? ""),
    };
  });
}

/** flyctl's rules: words, single and double quotes. */
function splitLikeShell(line: string): string[] {
  const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, a = "", b = "") => a + b));
}

const ACCEPTED = EXAMPLE_NAMES.filter((name) => name !== "jetson");

test.each(ACCEPTED)("%s: every fly.toml is as Fly's documentation has it", (name) => {
  for (const agent of externalBrokerPlans[name].agents) {
    const { error } = flyTomlSchema.safeParse(parse(flyToml(agent)));
    expect(error?.issues).toBeUndefined();
  }
});

test("the schema is one that can say no", () => {
  const good = parse(flyToml(externalBrokerPlans.minimal.agents[0]!));
  const bad = [
    { ...good, kill_timeout: 400 },
    { ...good, services: [{ internal_port: 8080 }] },
    { ...good, env: { FLY_REGION: "x" } },
    { ...good, files: [{ guest_path: "/a" }] },
    { ...good, vm: [{ cpus: 3 }] },
    { ...good, mounts: [{ source: "data", destination: "/data" }], deploy: { strategy: "bluegreen" } },
  ];
  for (const document of bad) expect(flyTomlSchema.safeParse(document).success).toBe(false);
});

test("arguments come back as they were, whatever they are", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 })), (args) => {
      expect(splitLikeShell(argumentLine(args))).toEqual(args);
    }),
  );
});

const { minimal, storage } = externalBrokerPlans;
const agentOf = (plan: DeployPlan, change: Partial<AgentPlan> = {}): AgentPlan => ({
  ...plan.agents[0]!,
  ...change,
});
const read = (agent: AgentPlan) => flyTomlSchema.parse(parse(flyToml(agent)));

test("an agent has no public port unless it is asked for, and then checks are the service's", () => {
  expect(read(agentOf(minimal))).toMatchObject({
    checks: { ready: { path: "/ready", port: 8080, type: "http" } },
  });
  expect(read(agentOf(minimal))).not.toHaveProperty("http_service");
  expect(read(agentOf(storage))).toMatchObject({
    http_service: { auto_stop_machines: "off", checks: [{ path: "/ready" }] },
  });
  expect(read(agentOf(storage))).not.toHaveProperty("checks");
});

test("without a health server there is nothing to check or to measure", () => {
  const toml = read(agentOf(minimal, { health: undefined }));
  for (const section of ["checks", "http_service", "metrics"]) expect(toml).not.toHaveProperty(section);
});

test("a volume only where one is asked for, and then Machines are replaced in turn", () => {
  expect(read(agentOf(minimal))).not.toHaveProperty("mounts");
  const { settings } = agentOf(storage);
  const bluegreen = { settings: { ...settings, fly: { ...settings.fly, strategy: "bluegreen" as const } } };
  expect(read(agentOf(storage, bluegreen))).toMatchObject({
    mounts: [{ source: "agent2389_data", destination: "/var/lib/agent2389", initial_size: "5gb" }],
    deploy: { strategy: "rolling" },
  });
  expect(read(agentOf(minimal, bluegreen)).deploy).toMatchObject({ strategy: "bluegreen" });
});

test("without a volume the journal outlives at least a restart of the Machine", () => {
  expect(read(agentOf(minimal)).vm).toMatchObject([{ persist_rootfs: "restart" }]);
  expect(read(agentOf(storage)).vm?.[0]).not.toHaveProperty("persist_rootfs");
});

test("it waits for as long as the agent may take to stop and to start", () => {
  expect(read(agentOf(minimal)).deploy?.wait_timeout).toBe("300s");
  expect(read(agentOf(minimal, { killAfterSeconds: 300 })).deploy?.wait_timeout).toBe("540s");
});

test("the release tells which config it was", () => {
  expect(read(agentOf(minimal)).env?.[HASH_VARIABLE]).toBe(minimal.agents[0]!.config.hash);
});
