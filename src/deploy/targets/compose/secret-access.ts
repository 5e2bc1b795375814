import type { AgentPlan, DeployPlan } from "../../plan.ts";
import { secretPath } from "./names.ts";
import type { Service } from "./service.ts";

/** How secrets come into a container. Their values come from the environment of whoever runs Compose, at that moment. */
export interface SecretAccess {
  environment: Record<string, string | null>;
  secrets?: string[];
  /** What a POSIX shell in the container writes for a secret. */
  word(name: string): string;
}

export type SecretMode = AgentPlan["settings"]["docker"]["secrets"];

/** Variables without a value are handed on by Compose; as files, NAME_FILE tells the program where NAME is. */
export function secretAccess(names: readonly string[], mode: SecretMode): SecretAccess {
  if (mode === "env") {
    return {
      environment: Object.fromEntries(names.map((name) => [name, null])),
      word: (name) => `"$${name}"`,
    };
  }
  return {
    environment: Object.fromEntries(names.map((name) => [`${name}_FILE`, secretPath(name)])),
    ...(names.length > 0 && { secrets: [...names] }),
    word: (name) => `"$(cat ${secretPath(name)})"`,
  };
}

/** Agents that are deployed together may differ; what they share follows the first. */
export const sharedMode = ({ agents }: DeployPlan): SecretMode => agents[0]?.settings.docker.secrets ?? "env";

/** Entries of the file's own `secrets`, for all services that have some. */
export const secretSources = (services: readonly Service[]): Record<string, { environment: string }> =>
  Object.fromEntries(
    [...new Set(services.flatMap(({ secrets = [] }) => secrets))]
      .sort()
      .map((name) => [name, { environment: name }]),
  );
