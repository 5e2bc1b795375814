import { oneOf } from "../../base/one-of.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { confirm } from "./confirm.ts";
import { forgetDeployment } from "./deploy-folder.ts";
import { planOptions, planPositionals } from "./options.ts";
import { connect, filesInUse } from "./platform.ts";
import { runSteps } from "./run-steps.ts";

export const command = defineCommand({
  summary: "Take deployed agents away, with all that belongs to them",
  description: "Volumes with accepted tasks go, too. On a terminal it asks first.",
  positionals: planPositionals,
  options: {
    ...planOptions,
    yes: { type: "boolean", short: "y", description: "Do not ask" },
  },
  examples: [{ command: "agent-deploy destroy docker config/agents/*.toml --yes" }],
  async run(ctx, args, { yes, ...options }) {
    const connected = await connect(ctx, args, options);
    const { target, operations, plan, find, values } = connected;
    const names = plan.agents.map(({ name }) => name);
    const what = `${oneOf(names, "and")} on ${target.name}, and what they keep there`;
    if (!yes && !(await confirm(ctx, `Destroy ${what}?`))) {
      line(ctx.stderr, "Nothing was changed.");
      return 1;
    }
    const folder = await filesInUse(ctx, connected);
    await runSteps(ctx, operations.destroy(plan, folder), { find, values, as: "progress" });
    await forgetDeployment(ctx, target, plan);
    if (ctx.globals.json)
      line(ctx.stdout, JSON.stringify({ target: target.name, project: plan.project, destroyed: names }));
    return 0;
  },
});
