import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { namespaceOf } from "../names.ts";
import { NAMESPACE_FILE } from "../render.ts";
import { filesOf, kubectl, serverSide } from "./kubectl.ts";

/** Makes the namespace. One that is there already may be somebody else's: its labels are not touched. */
export function namespaceSteps(plan: DeployPlan, dir: string): Step[] {
  const name = namespaceOf(plan);
  if (name === "default") return [];
  return [
    {
      title: `create the namespace ${name}`,
      argv: kubectl(plan, "apply", ...serverSide(), ...filesOf(dir, [NAMESPACE_FILE])),
      skipIf: {
        argv: kubectl(plan, "get", "namespace", name, "--output", "name"),
        satisfied: ({ code, stderr }) => code === 0 || /forbidden/i.test(stderr),
        because: "it is there, or not yours to look at",
      },
      onFailure: `Nothing was changed. Ask whoever runs the cluster for the namespace ${name}, or name another with --namespace.`,
    },
  ];
}
