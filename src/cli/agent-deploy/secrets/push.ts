import { ExpectedError } from "../../../base/errors.ts";
import { defineCommand } from "../../framework/command.ts";
import { line } from "../../terminal/streams.ts";
import { requireSecrets } from "../given-secrets.ts";
import { planOptions, planPositionals } from "../options.ts";
import { connect, filesInUse } from "../platform.ts";
import { runSteps } from "../run-steps.ts";

export const command = defineCommand({
  summary: "Set on the platform the secrets that are set here",
  description:
    "Those that the configs name, and no others, from the environment and from --env. They go to the platform's program " +
    "on its standard input or as its variables. What is not set here stays as it is there.",
  positionals: planPositionals,
  options: planOptions,
  examples: [
    { command: "agent-deploy secrets push k8s config/agents/*.toml --env production.env" },
    { command: "OPENAI_API_KEY=… agent-deploy secrets push fly config/agents/writer.toml" },
  ],
  async run(ctx, args, options) {
    const connected = await connect(ctx, args, options);
    const { target, plan, operations, find, values } = connected;
    const pushed: { agent: string; names: string[] }[] = [];
    for (const agent of plan.agents) {
      const names = agent.secrets.map(({ name }) => name).filter((name) => values[name] !== undefined);
      if (names.length > 0) pushed.push({ agent: agent.name, names });
    }
    if (pushed.length === 0) {
      throw new ExpectedError("none of the secrets that the configs name is set here", {
        hint: `To see which they are: ${ctx.program} secrets list ${target.name} <config>`,
      });
    }
    // Whoever replaces a container must give it all of them.
    if (operations.forgetsSecrets) await requireSecrets(ctx, connected, plan, values);
    const folder = await filesInUse(ctx, connected);
    const steps = plan.agents.flatMap((agent) => {
      const names = pushed.find((one) => one.agent === agent.name)?.names ?? [];
      return names.length > 0 ? operations.pushSecrets(plan, agent, names, folder) : [];
    });
    await runSteps(ctx, steps, { find, values, as: "progress" });
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(pushed, null, 2));
    else if (steps.length === 0)
      line(ctx.stderr, `${target.name} takes secrets at each deployment: there is nothing to set.`);
    return 0;
  },
});
