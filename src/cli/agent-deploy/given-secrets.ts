import type { Env } from "../../base/env.ts";
import { secretIn } from "../../base/env-secret.ts";
import { ExpectedError } from "../../base/errors.ts";
import { runProgram } from "../../base/run-program.ts";
import type { AgentPlan, DeployPlan, SecretPlan } from "../../deploy/plan.ts";
import type { SecretValues, TargetOperations } from "../../deploy/target.ts";
import type { Context } from "../framework/context.ts";
import type { FindPrograms } from "./run-steps.ts";

/** Values of the plan's secrets that are known here: files of --env come before the environment. */
export function givenSecrets(plan: DeployPlan, file: Env, env: Env): Record<string, string> {
  const names = plan.agents.flatMap(({ secrets }) => secrets.map(({ name }) => name));
  return Object.fromEntries(
    [...new Set(names)].sort().flatMap((name) => {
      const value = secretIn(file, name) ?? secretIn(env, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export interface Platform {
  operations: TargetOperations;
  find: FindPrograms;
}

const QUERY_TIMEOUT_SECONDS = 60;

/** Names of an agent's secrets that are set on the platform; undefined when it cannot tell, as before the first deployment. */
export async function platformSecrets(
  { env, cwd, signal }: Context,
  { operations, find }: Platform,
  plan: DeployPlan,
  agent: AgentPlan,
): Promise<ReadonlySet<string> | undefined> {
  const { argv, names } = operations.listSecrets(plan, agent);
  const [name, ...args] = argv;
  const programs = await find([name]);
  const call = { argv: [programs.get(name)?.path ?? name, ...args] as const, env, cwd, signal };
  const { code, stdout } = await runProgram({ ...call, timeoutSeconds: QUERY_TIMEOUT_SECONDS });
  return code === 0 ? new Set(names(stdout)) : undefined;
}

interface Missing {
  agent: AgentPlan;
  secret: SecretPlan;
}

/** Throws an ExpectedError when an agent needs a secret that is neither known here nor set on the platform. */
export async function requireSecrets(
  ctx: Context,
  platform: Platform,
  plan: DeployPlan,
  values: SecretValues,
): Promise<void> {
  const missing: Missing[] = [];
  for (const agent of plan.agents) {
    const lacking = agent.secrets.filter(({ name, required }) => required && values[name] === undefined);
    if (lacking.length === 0) continue;
    const { forgetsSecrets } = platform.operations;
    const there = forgetsSecrets ? undefined : await platformSecrets(ctx, platform, plan, agent);
    missing.push(...lacking.filter(({ name }) => !there?.has(name)).map((secret) => ({ agent, secret })));
  }
  if (missing.length > 0) throw missingSecrets(missing, plan);
}

function missingSecrets(missing: readonly Missing[], { broker }: DeployPlan): ExpectedError {
  const names = [...new Set(missing.map(({ secret }) => secret.name))];
  const lines = missing.map(
    ({ agent, secret }) => `\n  ${secret.name}  for ${secret.usedBy.join(", ")} of ${agent.name}`,
  );
  const login =
    broker.kind === "included" && names.some((name) => Object.values(broker.auth ?? {}).includes(name));
  return new ExpectedError(
    `${names.length === 1 ? "a secret is" : "secrets are"} missing:${lines.join("")}`,
    {
      hint:
        `Set ${names.join(", ")} in the environment or in a file for --env.` +
        (login ? " Any login will do for the broker: it is deployed along and gets the same." : ""),
    },
  );
}
