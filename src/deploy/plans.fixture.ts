import { join } from "node:path";
import { agentInput } from "../cli/agent-deploy/agent-input.ts";
import { standardFeatures } from "../config/standard-features.ts";
import { parseForDeployment } from "../config/variables/for-deployment.ts";
import type { AgentInput } from "./agent-input.ts";
import { makePlan } from "./make-plan.ts";
import type { DeployPlan } from "./plan.ts";

/** Example plans, made by the planner from real configs: what goldens and tests of targets are made of. */

const ROOT = join(import.meta.dir, "../..");
const FIXTURES = "src/deploy/fixtures";

/** Stands for the program's version, so that goldens do not change with every release. */
export const FIXTURE_VERSION = "1.2.3";

const CASES = {
  minimal: ["minimal.toml"],
  researcher: ["researcher.toml"],
  storage: ["storage.toml"],
  jetson: ["jetson.toml"],
  replicas: ["replicas.toml"],
  "three-agents": ["three/researcher.toml", "three/writer.toml", "three/editor.toml"],
} as const satisfies Record<string, readonly string[]>;

export type ExampleName = keyof typeof CASES;

/** The input of the planner for a config file, relative to the repository; nothing of the environment is used. */
const exampleInput = async (file: string, set: Readonly<Record<string, string>> = {}): Promise<AgentInput> =>
  inputOf(await Bun.file(join(ROOT, file)).text(), file, set);

/** The input of the planner for the text of a config. */
async function inputOf(
  text: string,
  file = "agent.toml",
  set: Readonly<Record<string, string>> = {},
): Promise<AgentInput> {
  const loaded = await parseForDeployment(text, file, {
    cwd: ROOT,
    features: standardFeatures,
    values: { options: set, file: {}, environment: {} },
  });
  return agentInput(loaded, { set: [] });
}

export interface PlanOfOptions {
  /** As by --set NAME=value. */
  set?: Readonly<Record<string, string>>;
  version?: string;
}

/** The plan for the text of a config; throws when there is anything wrong with it. */
export async function planOfText(text: string, file = "agent.toml"): Promise<DeployPlan> {
  return checked([await inputOf(text, file)], FIXTURE_VERSION);
}

/** The plan for config files, relative to the repository; throws when there is anything wrong with it. */
export async function planOf(
  files: readonly string[],
  { set, version = FIXTURE_VERSION }: PlanOfOptions = {},
): Promise<DeployPlan> {
  const inputs = await Promise.all(files.map((file) => exampleInput(file, set)));
  return checked(inputs, version);
}

function checked(inputs: readonly AgentInput[], version: string): DeployPlan {
  const { plan, problems } = makePlan(inputs, { version });
  if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2));
  return plan;
}

async function examples(options: PlanOfOptions): Promise<Record<ExampleName, DeployPlan>> {
  const plan = (name: ExampleName) =>
    planOf(
      CASES[name].map((file) => `${FIXTURES}/${file}`),
      options,
    );
  return {
    minimal: await plan("minimal"),
    researcher: await plan("researcher"),
    storage: await plan("storage"),
    jetson: await plan("jetson"),
    replicas: await plan("replicas"),
    "three-agents": await plan("three-agents"),
  };
}

/** As the configs stand: where they name no broker, one is deployed along. */
export const examplePlans: Readonly<Record<ExampleName, DeployPlan>> = await examples({});

/** The same with a broker of their own, for platforms that deploy none along. */
export const externalBrokerPlans: Readonly<Record<ExampleName, DeployPlan>> = await examples({
  set: { MQTT_BROKER_URL: "mqtts://mqtt.example.com:8883" },
});

export const EXAMPLE_NAMES = Object.keys(CASES) as ExampleName[];

/** Values for all secrets that a plan asks for, which no rendered file, argument or log may ever show. */
export function secretsOf({ agents }: DeployPlan): Record<string, string> {
  const names = agents.flatMap(({ secrets }) => secrets.map(({ name }) => name));
  return Object.fromEntries(names.map((name) => [name, `s3cr3t-${name.toLowerCase()}-$'"\\ {{x}}`]));
}
