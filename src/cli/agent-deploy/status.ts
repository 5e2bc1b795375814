import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { planOptions, planPositionals } from "./options.ts";
import { connect } from "./platform.ts";
import { runSteps } from "./run-steps.ts";

export const command = defineCommand({
  summary: "Show how deployed agents are doing",
  description: "What the platform itself says of them. It ends with 1 when one of them is not deployed.",
  positionals: planPositionals,
  options: planOptions,
  examples: [
    { command: "agent-deploy status docker config/agents/*.toml" },
    { command: "agent-deploy status fly my-researcher config/agents/researcher.toml" },
  ],
  async run(ctx, args, options) {
    const { target, operations, plan, find, values } = await connect(ctx, args, options);
    const { shown } = await runSteps(ctx, operations.status(plan), { find, values, as: "result" });
    if (ctx.globals.json) {
      line(
        ctx.stdout,
        JSON.stringify({ target: target.name, project: plan.project, status: shown }, null, 2),
      );
    }
    return 0;
  },
});
