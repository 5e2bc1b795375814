import { parseJson } from "../../../base/json.ts";
import type { DeployPlan } from "../../plan.ts";
import type { LogOptions, RenderedFolder, Step, TargetOperations } from "../../target.ts";
import { supervisionOf } from "./supervision.ts";
import { differences, namesOfSecrets } from "./supervisor-answers.ts";

const supervise = (...args: string[]): Step["argv"] => ["agent2389", "supervise", ...args];

/** Everything is done by this program: a supervisor in the foreground, and calls that ask it. */
export const operations: TargetOperations = {
  deploy: (plan, dir, given) => [run(plan, dir, given)],
  status: ({ project }) => [
    {
      title: `show the agents of ${project}`,
      argv: supervise("status", project),
      readOnly: true,
      shown: true,
      inspect: (stdout) => stdout,
    },
  ],
  logs: (plan, options) => [logs(plan, options)],
  destroy: ({ project }) => [
    {
      title: `stop the agents of ${project}, and remove their logs and the tasks that wait`,
      argv: supervise("stop", project, "--forget"),
      timeoutSeconds: 600,
    },
  ],
  rollback: (plan, dir) => [
    { ...run(plan, dir, secretsOf(plan)), title: `run ${plan.project} as it was before` },
  ],
  rollbackByFiles: true,
  diff: (plan) => [
    {
      title: `compare ${plan.project} with what runs`,
      argv: supervise("status", plan.project, "--json"),
      readOnly: true,
      shown: true,
      okCodes: [0, 1],
      inspect: (stdout) => differences(supervisionOf(plan), parseJson(stdout)),
    },
  ],
  pushSecrets: ({ project }, { name }, names) => [
    {
      title: `start ${name} anew with ${names.join(", ")}`,
      argv: supervise("restart", project, name, ...names),
      secretEnv: names,
    },
  ],
  forgetsSecrets: true,
  listSecrets: ({ project }, { name }) => ({
    argv: supervise("status", project, "--json"),
    names: (stdout) => namesOfSecrets(parseJson(stdout), name),
  }),
  next: () => [],
};

const secretsOf = ({ agents }: DeployPlan): string[] =>
  [...new Set(agents.flatMap(({ secrets }) => secrets.map(({ name }) => name)))].sort();

const run = ({ project }: DeployPlan, dir: RenderedFolder, given: readonly string[]): Step => ({
  title: `run ${project} until Ctrl-C`,
  argv: supervise("run", dir),
  secretEnv: given,
  shown: true,
  foreground: true,
  onFailure: "What it said is above. To see all that an agent wrote: agent-deploy logs local <config>",
});

const logs = ({ project }: DeployPlan, { tail, follow, agent }: LogOptions): Step => ({
  title: `show the log of ${agent ?? project}`,
  argv: supervise(
    ...["logs", project, "--tail", String(tail)],
    ...(follow ? ["--follow"] : []),
    ...(agent === undefined ? [] : ["--agent", agent]),
  ),
  readOnly: true,
  shown: true,
});
