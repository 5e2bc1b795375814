import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { SecretQuery } from "../../target.ts";

/** Prints names only. */
const FORMAT = '{{range .Config.Env}}{{println (index (split . "=") 0)}}{{end}}';

/** Names of the secrets that a running container was given. */
export const setSecrets = ({ project }: DeployPlan, { name }: AgentPlan): SecretQuery => ({
  argv: ["docker", "inspect", "--type", "container", "--format", FORMAT, `${project}-${name}-1`],
  names: (stdout) =>
    stdout
      .split("\n")
      .map((line) => line.trim().replace(/_FILE$/, ""))
      .filter((variable) => variable !== ""),
});
