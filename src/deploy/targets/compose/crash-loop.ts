import type { DeployPlan } from "../../plan.ts";
import type { Probe } from "../../target.ts";

/** Status of our program for a config that no other start will mend. */
const MISCONFIGURED = /^Restarting \(2\)/;
/** As the engine tells it after the first minute. */
const FOR_LONG = /minute|hour|day|week/;

/** A container that ends again and again: without this, Compose waits for its health until the time is up. */
export const crashLoop = ({ project }: DeployPlan): Probe => ({
  argv: [
    "docker",
    "ps",
    "--all",
    ...["--filter", `label=com.docker.compose.project=${project}`],
    ...["--filter", "status=restarting"],
    ...["--format", "{{.RunningFor}}\t{{.Status}}"],
  ],
  satisfied: ({ code, stdout }) =>
    code === 0 &&
    stdout.split("\n").some((row) => {
      const [since = "", status = ""] = row.split("\t");
      return MISCONFIGURED.test(status) || (status.startsWith("Restarting") && FOR_LONG.test(since));
    }),
  because: "a container ends again and again",
});
