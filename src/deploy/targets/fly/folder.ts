import type { AgentPlan, DeployPlan } from "../../plan.ts";

/** Folder of an agent's files in the output: one app alone needs none of its own. */
export const folderOf = ({ agents }: DeployPlan, { name }: AgentPlan): string =>
  agents.length === 1 ? "" : name;
