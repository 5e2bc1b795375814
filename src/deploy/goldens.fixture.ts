import { join } from "node:path";
import { programVersion } from "../cli/framework/version.ts";
import type { DeployPlan } from "./plan.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans, planOf } from "./plans.fixture.ts";
import type { DeployTarget, Files } from "./target.ts";
import { TARGET_NAMES, TARGETS, type TargetName } from "./targets/index.ts";

/** Files of the repository that the targets render, by path in it: `bun scripts/generate.ts` writes them. */

/** Folder of a target's source, where it is not its name. */
const ROOMS: Partial<Record<TargetName, string>> = { docker: "compose" };
const roomOf = (name: TargetName): string => `src/deploy/targets/${ROOMS[name] ?? name}`;

/** Every target × every example that it can carry; a platform without a broker of ours gets those that name one. */
export async function goldenFiles(): Promise<Files> {
  const files: Record<string, string> = {};
  for (const target of await allTargets()) {
    for (const example of EXAMPLE_NAMES) {
      const plans = [examplePlans[example], externalBrokerPlans[example]];
      const plan = plans.find((one) => target.problems(one).length === 0);
      if (plan) Object.assign(files, below(`${goldenFolder(target.name)}/${example}`, target.render(plan)));
    }
  }
  return files;
}

/** Folders that hold goldens and nothing else. */
export const goldenFolders = (): string[] => TARGET_NAMES.map(goldenFolder);

const goldenFolder = (name: string): string => `${roomOf(name as TargetName)}/golden`;

/** The reference deployments: the researcher, as this version renders it. */
export const REFERENCE_FOLDERS = {
  docker: "deploy/compose",
  fly: "deploy/fly",
  helm: "deploy/helm",
  jetson: "deploy/jetson",
  k8s: "deploy/k8s",
} as const satisfies Partial<Record<TargetName, string>>;

export async function referenceFiles(): Promise<Files> {
  const { version } = programVersion();
  const files: Record<string, string> = {};
  for (const target of await allTargets()) {
    const folder = (REFERENCE_FOLDERS as Partial<Record<string, string>>)[target.name];
    if (folder === undefined) continue;
    Object.assign(files, below(folder, target.render(await researcherFor(target, version))));
  }
  return files;
}

const RESEARCHER = ["config/agents/researcher.toml"];

/** With a broker deployed along where that can be, else with one as production would name it. */
async function researcherFor(target: DeployTarget, version: string): Promise<DeployPlan> {
  const plan = await planOf(RESEARCHER, { version });
  if (target.problems(plan).length === 0) return plan;
  return planOf(RESEARCHER, { version, set: { MQTT_BROKER_URL: "mqtts://mqtt.example.com:8883" } });
}

const allTargets = (): Promise<DeployTarget[]> =>
  Promise.all(TARGET_NAMES.map(async (name) => (await TARGETS[name].load()).target));

const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [join(folder, path), text]));
