import { UsageError } from "../../base/errors.ts";
import { oneOf } from "../../base/one-of.ts";
import { defineCommand } from "../framework/command.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { planOptions, planPositionals } from "./options.ts";
import { connect } from "./platform.ts";
import { runSteps } from "./run-steps.ts";

export const command = defineCommand({
  summary: "Show the logs of deployed agents",
  positionals: planPositionals,
  options: {
    ...planOptions,
    follow: { type: "boolean", short: "f", description: "Go on until Ctrl-C" },
    tail: {
      type: "number",
      short: "t",
      value: "LINES",
      description: "Lines of before to begin with",
      default: 100,
      min: 0,
    },
    agent: { type: "string", short: "a", value: "NAME", description: "Only those of this deployment" },
  },
  examples: [
    { command: "agent-deploy logs docker config/agents/*.toml --follow" },
    { command: "agent-deploy logs k8s config/agents/*.toml --agent writer-agent --tail 20" },
  ],
  async run(ctx, args, { follow, tail, agent, ...options }) {
    const { operations, plan, find, values } = await connect(ctx, args, options);
    const names = plan.agents.map(({ name }) => name);
    if (agent !== undefined && !names.includes(agent)) {
      throw new UsageError(`none of the deployments is named ${agent}`, {
        hint: `They are ${oneOf(names, "and")}.`,
      });
    }
    try {
      // The agents' own lines are JSON already.
      await runSteps(
        { ...ctx, globals: { ...ctx.globals, json: false } },
        operations.logs(plan, { follow, tail, agent }),
        {
          find,
          values,
          as: "result",
        },
      );
    } catch (error) {
      // Ctrl-C is how following ends.
      if (!(follow && error instanceof Interrupted)) throw error;
    }
    return 0;
  },
});
