import type { AgentPlan, DeployPlan } from "../../deploy/plan.ts";
import type { DeployTarget, SecretValues } from "../../deploy/target.ts";
import type { Output } from "../terminal/streams.ts";
import { keyValues, table } from "../terminal/table.ts";
import { openLogin } from "./broker-login.ts";

export interface PlanView {
  target: DeployTarget;
  plan: DeployPlan;
  /** Secrets that are handed over. */
  values: SecretValues;
  /** What is said of needed secrets that are not. */
  others: string;
  folder: string | undefined;
  /** How the agents log in to a broker that is deployed along, where nobody says it. */
  login?: string | undefined;
}

/** A plan in a few lines: what, from where, with what. */
export function showPlan({ target, plan, values, others, folder, login }: PlanView, out: Output): void {
  const { broker, project, agents } = plan;
  const along = target.openBroker
    ? "this machine's, or one along if none answers"
    : `deployed along (${broker.kind === "included" ? broker.image : ""})`;
  const where = broker.kind === "external" ? broker.url : along;
  const rows: [string, string][] = [
    ["target", `${out.colors.bold(target.name)}: ${target.summary}`],
    ["project", out.colors.bold(project)],
    ["broker", login === undefined ? where : `${where}\n${login}`],
    ["secrets", secretsLine(plan, values, others)],
    ...(folder === undefined ? [] : [["files", folder] satisfies [string, string]]),
  ];
  out.write(keyValues(rows, out));
  const columns = [
    { title: "AGENT" },
    { title: "CONFIG", shrinks: true },
    { title: "IMAGE", shrinks: true },
    { title: "RUNS", align: "right" as const },
    { title: "CPU" },
    { title: "MEMORY" },
    { title: "STORAGE" },
  ];
  out.write(`\n${table(columns, agents.map(agentRow), out)}\n`);
}

function secretsLine(plan: DeployPlan, values: SecretValues, others: string): string {
  const names = Object.keys(values);
  const settled = [...names, ...Object.values(openLogin(plan, values) ?? {})];
  const needed = plan.agents.flatMap(({ secrets }) =>
    secrets.flatMap(({ name, required }) => (required ? [name] : [])),
  );
  const rest = [...new Set(needed)].filter((name) => !settled.includes(name)).sort();
  const parts = [
    ...(names.length > 0 ? [`${names.join(", ")} handed over`] : []),
    ...(rest.length > 0 ? [`${rest.join(", ")} ${others}`] : []),
  ];
  return parts.length > 0 ? parts.join("\n") : "none are needed";
}

const agentRow = ({
  name,
  source,
  config,
  image,
  replicas,
  resources,
  storage,
  accelerator,
}: AgentPlan): string[] => [
  accelerator === undefined ? name : `${name} (${accelerator.kind})`,
  `${source} #${config.hash}`,
  image,
  String(replicas),
  `${resources.requests.cpu}–${resources.limits.cpu}`,
  `${resources.requests.memory}–${resources.limits.memory}`,
  storage.size ?? "–",
];

/** For --json: what a program may want to know of a plan. */
export const planObject = (target: DeployTarget, { project, broker, agents, version }: DeployPlan) => ({
  target: target.name,
  project,
  version,
  broker: { kind: broker.kind, url: broker.url },
  agents: agents.map(({ name, agentId, source, config, image, args, env, secrets, replicas, storage }) => ({
    name,
    agentId,
    source,
    configHash: config.hash,
    image,
    args,
    env,
    secrets,
    replicas,
    storage: storage.size ?? null,
  })),
});
