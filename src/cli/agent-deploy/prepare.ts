import { makePlan } from "../../deploy/make-plan.ts";
import type { DeployPlan } from "../../deploy/plan.ts";
import { PlanError } from "../../deploy/plan-error.ts";
import type { DeployTarget } from "../../deploy/target.ts";
import { TARGETS, type TargetName } from "../../deploy/targets/index.ts";
import type { Context } from "../framework/context.ts";
import { programVersion } from "../framework/version.ts";
import { loadAgents } from "./load-agents.ts";
import type { PlanOptionValues } from "./options.ts";
import { type GivenValues, givenValues } from "./values.ts";
import { readWords } from "./words.ts";

export interface Prepared {
  target: DeployTarget;
  plan: DeployPlan;
  given: GivenValues;
  warnings: string[];
}

export interface PlanArguments {
  target: TargetName;
  config: string[];
}

/**
 * The plan for what the command line names, on the platform that it names. Rejects with everything that is wrong with
 * the configs, else with everything that is in the way of the plan. Nothing was touched by then.
 */
export async function prepare(
  ctx: Context,
  args: PlanArguments,
  options: PlanOptionValues,
): Promise<Prepared> {
  const asked = readWords(ctx, args.config, options.name);
  const [given, { target }] = await Promise.all([givenValues(options, ctx.cwd), TARGETS[args.target].load()]);
  const { inputs, warnings } = await loadAgents(ctx, asked, given, args.target !== "local");
  const { version } = programVersion();
  const { plan, problems } = makePlan(inputs, {
    version,
    project: options.project,
    openBroker: target.openBroker,
  });
  const all = [...problems, ...target.problems(plan)];
  if (all.length > 0) throw new PlanError(all);
  return { target, plan, given, warnings };
}
