import { rm } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../../base/state-folder.ts";
import { deployHistory } from "../../deploy/history.ts";
import type { DeployPlan } from "../../deploy/plan.ts";
import type { DeployTarget } from "../../deploy/target.ts";
import type { Context } from "../framework/context.ts";

/** Folder of what is kept about deployments from this machine: nothing that could not be made again. */
const ownFolder = ({ env, cwd }: Pick<Context, "env" | "cwd">): string =>
  join(stateFolder(env, cwd), "agent-deploy");

/** Folder that the files of a deployment are rendered to, when nobody names one. */
export const renderedFolder = (ctx: Context, { name }: DeployTarget, { project }: DeployPlan): string =>
  join(ownFolder(ctx), name, project);

/** File with the login that was made up for a broker. */
export const loginFile = (ctx: Context, { name }: DeployTarget, { project }: DeployPlan): string =>
  join(ownFolder(ctx), name, `${project}.login.env`);

/** Leaves nothing behind of a deployment that was taken away. */
export async function forgetDeployment(ctx: Context, target: DeployTarget, plan: DeployPlan): Promise<void> {
  await deployHistory(renderedFolder(ctx, target, plan)).forget();
  await rm(loginFile(ctx, target, plan), { force: true });
}
