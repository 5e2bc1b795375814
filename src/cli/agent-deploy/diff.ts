import { resolve } from "node:path";
import { fileDifferences } from "../../deploy/file-differences.ts";
import { deployHistory } from "../../deploy/history.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { coloredPatch } from "../terminal/patch.ts";
import { line } from "../terminal/streams.ts";
import { renderedFolder } from "./deploy-folder.ts";
import { planOptions, planPositionals } from "./options.ts";
import { connect } from "./platform.ts";
import { prepare } from "./prepare.ts";
import { runSteps } from "./run-steps.ts";

export const command = defineCommand({
  summary: "Show what a deployment would change",
  description:
    "Against what is deployed, or against a folder that was rendered to before. Like diff(1) and kubectl diff it ends " +
    "with 1 when there is a difference. Secrets are compared by nobody.",
  positionals: planPositionals,
  options: {
    ...planOptions,
    against: {
      type: "string",
      value: "DIR",
      description: "Compare with the files of this folder, not with the platform",
      completes: "directory",
    },
  },
  examples: [
    { command: "agent-deploy diff k8s config/agents/researcher.toml" },
    {
      command: "agent-deploy diff docker config/agents/*.toml --against deploy/compose",
      note: "in CI: are the files up to date?",
    },
  ],
  async run(ctx, args, { against, ...options }) {
    const differs =
      against === undefined
        ? await withPlatform(ctx, args, options)
        : await withFolder(ctx, args, options, against);
    if (!differs && !ctx.globals.quiet) line(ctx.stderr, `${ctx.stderr.colors.green("✓")} No difference.`);
    return differs ? 1 : 0;
  },
});

type Arguments = [args: Parameters<typeof prepare>[1], options: Parameters<typeof prepare>[2]];

async function withPlatform(ctx: Context, ...[args, options]: Arguments): Promise<boolean> {
  const connected = await connect(ctx, args, options);
  const { target, operations, plan, find, values } = connected;
  const folder = renderedFolder(ctx, target, plan);
  const look = () => runSteps(ctx, operations.diff(plan, folder), { find, values, as: "result" });
  const { outcomes, shown } = await deployHistory(folder).lend(target.render(plan), look);
  if (ctx.globals.json)
    line(ctx.stdout, JSON.stringify({ target: target.name, project: plan.project, diff: shown }, null, 2));
  return shown.length > 0 || outcomes.some(({ code }) => code !== 0 && code !== undefined);
}

async function withFolder(
  ctx: Context,
  args: Arguments[0],
  options: Arguments[1],
  folder: string,
): Promise<boolean> {
  const { stdout, globals, cwd } = ctx;
  const { target, plan } = await prepare(ctx, args, options);
  const differences = await fileDifferences(resolve(cwd, folder), target.render(plan));
  if (globals.json) line(stdout, JSON.stringify({ folder, files: differences }, null, 2));
  else for (const { patch } of differences) stdout.write(coloredPatch(patch, stdout.colors));
  return differences.length > 0;
}
