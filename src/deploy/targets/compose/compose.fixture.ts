import { parse } from "yaml";
import type { DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import type { Carried } from "../../target-contract.fixture.ts";
import { secretPath } from "./names.ts";
import type { Service } from "./service.ts";

/** A rendered project as Compose reads it: variables replaced (there are none), `$$` for `$`. */
export interface ReadProject {
  name: string;
  services: Record<string, Service>;
  configs?: Record<string, { content: string }>;
  secrets?: Record<string, { environment: string }>;
  volumes?: Record<string, unknown>;
}

export function readProject(files: Files): ReadProject {
  const text = files["compose.yaml"] ?? "";
  return JSON.parse(JSON.stringify(parse(text)), (_key, value) =>
    typeof value === "string" ? unescaped(value) : value,
  ) as ReadProject;
}

function unescaped(value: string): string {
  if (/(^|[^$])(\$\$)*\$([^$]|$)/.test(value)) throw new Error(`Compose would read a variable in ${value}`);
  return value.replaceAll("$$", "$");
}

/** What the container finds at its paths, inline or mounted. */
export function filesIn(
  { configs = [], volumes = [] }: Service,
  project: ReadProject,
  files: Files,
): Record<string, string> {
  const inline = configs.map(({ source, target }) => [target, project.configs?.[source]?.content ?? ""]);
  const mounted = volumes.flatMap((volume) =>
    typeof volume === "object"
      ? [[String(volume["target"]), files[String(volume["source"]).replace("./", "")] ?? ""]]
      : [],
  );
  return Object.fromEntries([...inline, ...mounted]);
}

export function readBack(files: Files, plan: DeployPlan): Carried[] {
  const project = readProject(files);
  return plan.agents.map(({ name, config }) => {
    const service = project.services[name]!;
    const found = filesIn(service, project, files);
    const plain = Object.entries(service.environment).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    return {
      agent: name,
      config: found[config.path] ?? "",
      files: found,
      env: Object.fromEntries(plain),
      args: service.command,
    };
  });
}

/** Where each secret of an agent is found: its variable, or its file. */
export const secretsFound = ({ environment, secrets = [] }: Service, project: ReadProject): string[] => [
  ...Object.keys(environment).filter((name) => environment[name] === null),
  ...secrets.filter(
    (name) =>
      environment[`${name}_FILE`] === secretPath(name) && project.secrets?.[name]?.environment === name,
  ),
];

/** The plan with other settings in [deploy.docker] of all agents. */
export const withDocker = (
  plan: DeployPlan,
  docker: Partial<DeployPlan["agents"][number]["settings"]["docker"]>,
): DeployPlan => ({
  ...plan,
  agents: plan.agents.map((agent) => ({
    ...agent,
    settings: { ...agent.settings, docker: { ...agent.settings.docker, ...docker } },
  })),
});
