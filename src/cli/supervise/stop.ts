import { rm } from "node:fs/promises";
import { defineCommand } from "../framework/command.ts";
import { findSupervisor } from "./control-client.ts";
import { tellNote } from "./reporter.ts";
import { runFolder } from "./run-folder.ts";

export const command = defineCommand({
  summary: "Stop a supervisor and its agents",
  positionals: [{ name: "project", description: "Project that was deployed" }],
  options: {
    forget: {
      type: "boolean",
      description: "Remove its logs and journals, with the tasks that wait in them",
    },
  },
  examples: [{ command: "agent2389 supervise stop my-agents" }],
  async run(ctx, { project }, { forget }) {
    const folder = runFolder(ctx, project);
    const supervisor = await findSupervisor(ctx, folder);
    if (supervisor === undefined) tellNote(ctx, `${project} does not run on this machine.`);
    await supervisor?.stop();
    while (await findSupervisor(ctx, folder)) await ctx.clock.sleep(100, ctx.signal);
    if (forget) await rm(folder.path, { recursive: true, force: true });
    return 0;
  },
});
