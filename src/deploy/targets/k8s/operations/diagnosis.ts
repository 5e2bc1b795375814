import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { type Selector, selectorText } from "../names.ts";
import { kubectl } from "./kubectl.ts";
import { podTroubles } from "./pod-troubles.ts";
import { warningsAbout } from "./warnings.ts";

const LOG_LINES = 20;

/** Looks for the reason why pods do not become ready: their states, warnings about them, their last words. */
export const diagnosis = (plan: DeployPlan, name: string, selector: Selector): Step[] => [
  {
    title: `the pods of ${name}`,
    argv: kubectl(plan, "get", "pods", "--selector", selectorText(selector), "--output", "json"),
    readOnly: true,
    inspect: (stdout) => podTroubles(stdout).join("\n"),
  },
  {
    title: "warnings of the cluster",
    argv: kubectl(plan, "get", "events", "--field-selector", "type=Warning", "--output", "json"),
    readOnly: true,
    inspect: (stdout) => warningsAbout(name, stdout).join("\n"),
  },
  {
    title: `the last log lines of ${name}`,
    argv: kubectl(
      plan,
      ...["logs", "--selector", selectorText(selector)],
      ...["--all-containers", "--prefix", `--tail=${LOG_LINES}`],
    ),
    readOnly: true,
  },
];
