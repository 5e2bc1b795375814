import { deployHistory } from "../../deploy/history.ts";
import type { SecretValues, TargetOperations } from "../../deploy/target.ts";
import type { Context } from "../framework/context.ts";
import { type KeptLogin, newLogin, openLogin, readLogin } from "./broker-login.ts";
import { loginFile, renderedFolder } from "./deploy-folder.ts";
import { givenSecrets, platformSecrets } from "./given-secrets.ts";
import type { PlanOptionValues } from "./options.ts";
import { type PlanArguments, type Prepared, prepare } from "./prepare.ts";
import { type FindPrograms, operationsOf, programFinder } from "./run-steps.ts";

/** A plan, its platform, and all that is needed to talk to it. */
export interface Connected extends Prepared {
  operations: TargetOperations;
  find: FindPrograms;
  /** Secrets that are known here. */
  values: SecretValues;
}

/** Makes the plan; nothing was looked for, written or changed by then. */
export async function connect(
  ctx: Context,
  args: PlanArguments,
  options: PlanOptionValues,
): Promise<Connected> {
  const prepared = await prepare(ctx, args, options);
  const { target, plan, given } = prepared;
  const operations = operationsOf(target, ctx.program);
  const values = givenSecrets(plan, given.file, ctx.env);
  const login = await keptLogin(ctx, prepared, values);
  return {
    ...prepared,
    operations,
    find: programFinder(ctx, target),
    values: { ...login?.values, ...values },
  };
}

/** The files that the deployment was made from, in their folder; those of the plan where none are known. */
export async function filesInUse(ctx: Context, { target, plan }: Prepared): Promise<string> {
  const folder = renderedFolder(ctx, target, plan);
  await deployHistory(folder).useUnlessKnown(target.render(plan));
  return folder;
}

/** A login that was made up before, unless someone gives one now. */
async function keptLogin(
  ctx: Context,
  { target, plan }: Prepared,
  values: SecretValues,
): Promise<KeptLogin | undefined> {
  const auth = openLogin(plan, values);
  return auth && readLogin(loginFile(ctx, target, plan), auth);
}

/** A new login for a broker that is deployed along, when nobody gives one and none is set on the platform. */
export async function madeUpLogin(ctx: Context, connected: Connected): Promise<KeptLogin | undefined> {
  const { target, plan, values, operations } = connected;
  const auth = openLogin(plan, values);
  if (auth === undefined) return undefined;
  const there = operations.forgetsSecrets
    ? undefined
    : await platformSecrets(ctx, connected, plan, plan.agents[0]!);
  if (there?.has(auth.usernameSecret) && there.has(auth.passwordSecret)) return undefined;
  return newLogin(loginFile(ctx, target, plan), auth);
}
