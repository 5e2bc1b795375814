import type { AgentPlan } from "../../plan.ts";

/** Names in the Compose file. */

/** Under the profile of the same name: `docker compose run --rm cli ask …`. */
export const CLI_SERVICE = "cli";

export const dataVolume = ({ name }: AgentPlan): string => `${name}-data`;
export const cacheVolume = ({ name }: AgentPlan): string => `${name}-cache`;

/**
 * Labels. Compose does not look into configs: that a container is to be replaced for a new one shows in the first. By the
 * second, which is made from all of the service, what runs is told from what would be deployed.
 */
export const CONFIG_LABEL = "agent2389.config";
export const SERVICE_LABEL = "agent2389.service";
export const AGENT_LABEL = "agent2389.agent";

/** Where Compose puts secrets. */
export const secretPath = (name: string): string => `/run/secrets/${name}`;
