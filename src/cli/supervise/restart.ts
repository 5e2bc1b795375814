import { isEnvName } from "../../base/env-name.ts";
import { UsageError } from "../../base/errors.ts";
import { defineCommand } from "../framework/command.ts";
import { findSupervisor, notRunning } from "./control-client.ts";
import { runFolder } from "./run-folder.ts";

export const command = defineCommand({
  summary: "Start a supervised agent anew",
  positionals: [
    { name: "project", description: "Project that was deployed" },
    { name: "agent", description: "Name of its deployment" },
    {
      name: "variable",
      description: "Names of variables that it gets from this environment",
      multiple: true,
      optional: true,
    },
  ],
  examples: [{ command: "agent2389 supervise restart my-agents writer-agent OPENAI_API_KEY" }],
  async run(ctx, { project, agent, variable }) {
    const wrong = variable.find((name) => !isEnvName(name));
    if (wrong !== undefined) throw new UsageError(`${wrong} is no name of a variable`);
    const supervisor = await findSupervisor(ctx, runFolder(ctx, project));
    if (supervisor === undefined) throw notRunning(project);
    const given = variable.flatMap((name) =>
      ctx.env[name] === undefined ? [] : [[name, ctx.env[name]] as const],
    );
    await supervisor.restart(agent, Object.fromEntries(given));
    return 0;
  },
});
