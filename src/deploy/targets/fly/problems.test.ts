import { expect, test } from "bun:test";
import type { AgentPlan } from "../../plan.ts";
import { examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import { flyProblems } from "./problems.ts";

const plan = externalBrokerPlans.minimal;
const withAgent = (change: Partial<AgentPlan>) => ({ ...plan, agents: [{ ...plan.agents[0]!, ...change }] });
const messages = (change: Partial<AgentPlan>) => flyProblems(withAgent(change)).map(({ message }) => message);
const settings = (fly: Partial<AgentPlan["settings"]["fly"]>, isPublic = false) => ({
  settings: {
    ...plan.agents[0]!.settings,
    public: isPublic,
    fly: { ...plan.agents[0]!.settings.fly, ...fly },
  },
});

test("a broker is not deployed along", () => {
  expect(flyProblems(examplePlans.minimal)).toEqual([
    {
      message: "no broker is deployed along on Fly, and the config names none that a Machine could reach",
      hint: expect.stringContaining("--set MQTT_BROKER_URL="),
    },
  ]);
});

test("a Jetson is refused", () => {
  const accelerator = { kind: "jetson", jetpack: "6.2", cachePath: "/var/cache/agent2389" } as const;
  expect(flyProblems(withAgent({ accelerator }))).toEqual([
    expect.objectContaining({ agent: "hello", message: expect.stringContaining("no NVIDIA Jetson") }),
  ]);
});

test("nobody is promised more time to stop than Fly gives", () => {
  expect(flyProblems(withAgent({ drainSeconds: 600, killAfterSeconds: 610 }))).toEqual([
    {
      agent: "hello",
      message: "Fly waits 300 s at most for an agent to stop; this one asks for 610 s",
      hint: expect.stringContaining("drain_secs to 290 or less"),
    },
  ]);
});

test("a Machine that there is not", () => {
  const resources = { ...plan.agents[0]!.resources, limits: { cpu: "32", memory: "1Gi" } };
  expect(messages({ resources })).toEqual(["no Machine has 32 CPUs and 1Gi of memory"]);
});

test("what needs the health server", () => {
  expect(messages({ health: undefined })).toEqual([]);
  expect(messages({ health: undefined, ...settings({}, true) })).toEqual([
    "public = true, but the health server is off: nothing would answer",
  ]);
  expect(messages({ health: undefined, ...settings({ strategy: "bluegreen" }) })).toEqual([
    "bluegreen needs a health check, and the health server is off",
  ]);
});

test("Fly's own variables", () => {
  expect(messages({ env: { FLY_REGION: "ams" } })).toEqual([
    "FLY_REGION cannot be set: names that begin with FLY_ belong to Fly",
  ]);
  expect(messages({ secrets: [{ name: "FLY_API_TOKEN", usedBy: [], required: true }] })).toHaveLength(1);
});
