import { expect } from "bun:test";
import { agentInput } from "../cli/agent-deploy/agent-input.ts";
import { standardFeatures } from "../config/standard-features.ts";
import { parseForDeployment } from "../config/variables/for-deployment.ts";
import type { AgentInput } from "./agent-input.ts";
import { makePlan, type PlanOptions } from "./make-plan.ts";
import { FIXTURE_VERSION } from "./plans.fixture.ts";

interface Given {
  name?: string;
  set?: Record<string, string>;
  keys?: Record<string, string>;
  id?: string;
}

export const broker = `[mqtt]
broker_url = "mqtts://mqtt.example.com:8883"
`;

export async function input(
  tables: string,
  { name, set = {}, keys = {}, id = "Writer.One" }: Given = {},
): Promise<AgentInput> {
  const text = `[agent]\nid = "${id}"\n[llm]\nprovider = "openai"\nmodel = "m"\n${tables}`;
  const settings = Object.entries(keys).map(([key, value]) => ({ key, value }));
  const loaded = await parseForDeployment(text, `${id}.toml`, {
    cwd: "/nowhere",
    features: standardFeatures,
    overrides: settings.map(({ key, value }) => ({ path: key.split("."), value, source: "--set" })),
    values: { options: set, file: {}, environment: {} },
  });
  return agentInput(loaded, { name, set: settings });
}

export const plan = (inputs: AgentInput[], options: Partial<PlanOptions> = {}) =>
  makePlan(inputs, { version: FIXTURE_VERSION, ...options });

export async function agentOf(tables: string, given: Given = {}) {
  const made = plan([await input(tables, given)]);
  expect(made.problems).toEqual([]);
  return made.plan.agents[0]!;
}

export const problemsOf = async (...inputs: Promise<AgentInput>[]) =>
  plan(await Promise.all(inputs)).problems.map(({ agent, message, hint }) =>
    [agent && `${agent}: `, message, ` -> `, hint].filter(Boolean).join(""),
  );
