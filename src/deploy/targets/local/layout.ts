import { posix } from "node:path";
import { CONTAINER, RESERVED_ENV } from "../../container.ts";
import type { AgentPlan, BrokerPlan, DeployPlan, PlanFile } from "../../plan.ts";

/** Where things are on this machine, which has no containers. */

/** Port of the embedded broker, on the loopback. */
export const BROKER_PORT = 1883;
export const BROKER_URL = `mqtt://127.0.0.1:${BROKER_PORT}`;

export const brokerName = ({ project }: DeployPlan): string => `${project}-broker`;

/** Path of a file of the agent in the rendered folder. */
export const renderedPath = ({ name }: AgentPlan, { path }: PlanFile): string =>
  posix.join("config", name, posix.relative(CONTAINER.configFolder, path));

/** Its path below a folder that holds the agent's config on the machine. */
export const pathIn = (folder: string, { path }: PlanFile): string =>
  posix.join(folder, posix.relative(CONTAINER.configFolder, path));

/** Plain variables but for those that say where things are in a container. */
export function plainEnv({ env }: AgentPlan, broker: BrokerPlan): Record<string, string> {
  const elsewhere = new Set([
    ...Object.keys(RESERVED_ENV),
    ...(broker.kind === "included" ? ["MQTT_BROKER_URL"] : []),
  ]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !elsewhere.has(name)));
}

/** One port after the other, for several agents on one machine. */
export const healthPort = (index: number): number => CONTAINER.healthPort + index;
