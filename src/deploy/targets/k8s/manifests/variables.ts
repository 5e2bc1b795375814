import type { AgentPlan } from "../../../plan.ts";
import { variablesWithoutVolume } from "../../../plan-variables.ts";
import { secretName } from "../names.ts";

/** Variables of the container: the plain ones, then the secrets, each by reference. */
export const variables = (agent: AgentPlan) => [
  ...Object.entries(variablesWithoutVolume(agent)).map(([name, value]) => ({
    name,
    value: unexpanded(value),
  })),
  ...agent.secrets.map(({ name, required }) => secretVariable(name, secretName(agent), required)),
];

/** A pod does not start without a secret that is required. */
export const secretVariable = (name: string, secret: string, required: boolean) => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key: name, optional: required ? undefined : true } },
});

/**
 * Kubernetes expands $(NAME) in values and arguments, and takes $$ for $ (Kubernetes API, EnvVar). Text that is to
 * arrive as it is has every such dollar doubled.
 */
export const unexpanded = (text: string): string => text.replace(/\$(?=[$(])/g, "$$$$");
