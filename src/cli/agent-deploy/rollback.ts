import { ExpectedError } from "../../base/errors.ts";
import { deployHistory } from "../../deploy/history.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { renderedFolder } from "./deploy-folder.ts";
import { planOptions, planPositionals } from "./options.ts";
import { connect } from "./platform.ts";
import { runSteps } from "./run-steps.ts";
import { planObject } from "./show-plan.ts";

export const command = defineCommand({
  summary: "Go back to the version that was deployed before",
  positionals: planPositionals,
  options: planOptions,
  examples: [{ command: "agent-deploy rollback k8s config/agents/researcher.toml" }],
  async run(ctx, args, options) {
    const connected = await connect(ctx, args, options);
    const { target, operations, plan, find, values } = connected;
    const folder = renderedFolder(ctx, target, plan);
    const history = deployHistory(folder);
    const isBefore = await history.goBack();
    if (!isBefore) {
      if (operations.rollbackByFiles) throw nothingBefore(plan.project);
      await history.use(target.render(plan));
    }
    await runSteps(ctx, operations.rollback(plan, folder, isBefore), { find, values, as: "progress" });
    await history.wentBack();
    const { project } = planObject(target, plan);
    if (ctx.globals.json)
      line(ctx.stdout, JSON.stringify({ target: target.name, project, rolledBack: true }));
    return 0;
  },
});

const nothingBefore = (project: string): ExpectedError =>
  new ExpectedError(`no version of ${project} is known that was deployed before from this machine`, {
    hint: "Check out the configs as they were, and deploy those.",
  });
