import type { DeployPlan } from "../../plan.ts";
import { shortHash } from "../../short-hash.ts";
import type { Files } from "../../target.ts";
import { type Remark, toYaml } from "../../yaml.ts";
import { agentService, type RenderedService } from "./agent-service.ts";
import { brokerService } from "./broker-service.ts";
import { cliService } from "./cli-service.ts";
import { SERVICE_LABEL } from "./names.ts";
import { secretSources } from "./secret-access.ts";

export const COMPOSE_FILE = "compose.yaml";

/** One project of the Compose Specification: the agents, and their broker when it is included. */
export function renderCompose(plan: DeployPlan): Files {
  const services = servicesOf(plan);
  const secrets = secretSources(services.map(({ service }) => service));
  const volumes = services.flatMap((service) => service.volumes);
  const document = {
    name: plan.project,
    services: Object.fromEntries(services.map(({ name, service }) => [name, service])),
    ...unlessEmpty("configs", Object.assign({}, ...services.map(({ configs }) => configs))),
    ...unlessEmpty("secrets", secrets),
    ...unlessEmpty("volumes", Object.fromEntries(volumes.map((name) => [name, {}]))),
  };
  return {
    [COMPOSE_FILE]: toYaml(literal(document), header(plan), remarks(plan, services)),
    ...Object.assign({}, ...services.map(({ files }) => files)),
  };
}

export function servicesOf(plan: DeployPlan): RenderedService[] {
  const { agents, broker } = plan;
  const rendered = agents.map((agent) => agentService(agent, broker));
  const all =
    broker.kind === "external"
      ? rendered
      : [brokerService(plan, broker), ...rendered, cliService(plan, broker)];
  return all.map(labelled);
}

function labelled(rendered: RenderedService): RenderedService {
  const { service } = rendered;
  const labels = { ...service.labels, [SERVICE_LABEL]: shortHash(JSON.stringify(service)) };
  return { ...rendered, service: { ...service, labels } };
}

const unlessEmpty = (key: string, entries: Record<string, unknown>): Record<string, unknown> =>
  Object.keys(entries).length === 0 ? {} : { [key]: entries };

/** Compose reads `$NAME` and `${NAME}` in every value as a variable of its own, and `$$` as `$`. */
function literal(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(literal);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literal(inner)]));
}

const header = ({ version, agents }: DeployPlan): string =>
  [
    `Rendered by agent-deploy ${version} from ${agents.map(({ source }) => source).join(", ")}. Change that, not this.`,
    "Compose Specification; needs Docker Compose 2.23.1 or newer, or podman compose with it.",
    "Secrets come from the environment of whoever runs Compose. $$ stands for one $.",
  ].join("\n");

function remarks({ broker }: DeployPlan, services: readonly RenderedService[]): Remark[] {
  const secret = services.flatMap(({ name, service }) => {
    const first = Object.keys(service.environment).find((key) => service.environment[key] === null);
    return first === undefined
      ? []
      : [{ path: ["services", name, "environment", first], text: "Handed on from the environment." }];
  });
  return broker.kind === "external"
    ? secret
    : [...secret, { path: ["services", "cli"], text: "docker compose run --rm cli ask AGENT TEXT" }];
}
