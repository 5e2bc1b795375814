import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { appliedFiles } from "../render.ts";
import { filesOf, kubectl, serverSide } from "./kubectl.ts";

/** What applying would change, as the cluster itself works it out. kubectl ends with 1 when there is something. */
export const diff = (plan: DeployPlan, dir: string): Step[] => [
  {
    title: "compare with the cluster",
    argv: kubectl(plan, "diff", ...serverSide(), ...filesOf(dir, appliedFiles(plan))),
    readOnly: true,
    shown: true,
    okCodes: [0, 1],
    onFailure: "Is it deployed at all, and does the cluster answer? See: agent-deploy status k8s",
  },
];
