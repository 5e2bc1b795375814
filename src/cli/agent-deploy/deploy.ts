import { ExpectedError } from "../../base/errors.ts";
import { type DescribedStep, describeStep } from "../../deploy/describe-steps.ts";
import { deployHistory } from "../../deploy/history.ts";
import type { DeployPlan } from "../../deploy/plan.ts";
import type { Files, SecretValues } from "../../deploy/target.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line, type Output, warningLine } from "../terminal/streams.ts";
import { openLogin, saveLogin } from "./broker-login.ts";
import { renderedFolder } from "./deploy-folder.ts";
import { givenSecrets, requireSecrets } from "./given-secrets.ts";
import { planOptions, planPositionals } from "./options.ts";
import { type Connected, connect, madeUpLogin } from "./platform.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { operationsOf, programsIn, runSteps } from "./run-steps.ts";
import { type PlanView, planObject, showPlan } from "./show-plan.ts";

export const command = defineCommand({
  summary: "Deploy agents, and wait until they are ready",
  description:
    "Checks the configs, makes the plan, looks for the platform's program and for missing secrets, and only then " +
    "changes anything. Secrets come from the environment or from --env; they are in no file and no argument. Doing it " +
    "again changes what differs, and nothing else.",
  positionals: planPositionals,
  options: {
    ...planOptions,
    "dry-run": { type: "boolean", description: "Print the files and the exact commands, and do nothing" },
  },
  examples: [
    { command: "agent-deploy deploy docker config/agents/researcher.toml" },
    {
      command: "agent-deploy deploy docker config/agents/*.toml",
      note: "one Compose project with one broker",
    },
    { command: "agent-deploy deploy fly my-researcher config/agents/researcher.toml --region fra" },
    { command: "agent-deploy deploy k8s researcher --env config/environments/production.env --dry-run" },
  ],
  async run(ctx, args, { "dry-run": dryRun, ...options }) {
    if (dryRun) return tellOnly(ctx, await prepare(ctx, args, options));
    const connected = await connect(ctx, args, options);
    const { target, plan, operations, find } = connected;
    const folder = renderedFolder(ctx, target, plan);
    // What the steps need does not depend on which secrets are set.
    await find(programsIn(operations.deploy(plan, folder, handedOver(plan, {}))));
    const login = await madeUpLogin(ctx, connected);
    const values = { ...login?.values, ...connected.values };
    await requireSecrets(ctx, connected, plan, values);
    tellPlan(ctx, connected, {
      values,
      others: "as set there",
      folder,
      login: login && `login made up, kept in ${login.file}`,
    });
    if (login) await saveLogin(login);
    const history = deployHistory(folder);
    await history.use(target.render(plan));
    const steps = operations.deploy(plan, folder, Object.keys(values).sort());
    await runSteps(ctx, steps, { find, values, as: "progress" });
    await history.keep();
    tellNext(ctx, connected, folder);
    return 0;
  },
});

function tellPlan(
  { globals, stderr }: Context,
  { target, plan, warnings }: Prepared,
  view: Omit<PlanView, "target" | "plan">,
): void {
  if (globals.quiet || globals.json) return;
  for (const warning of warnings) warningLine(stderr, warning);
  showPlan({ target, plan, ...view }, stderr);
}

function tellNext(
  { globals, stdout }: Context,
  { target, plan, operations }: Connected,
  folder: string,
): void {
  const next = operations.next(plan);
  if (globals.json) line(stdout, JSON.stringify({ ...planObject(target, plan), folder, next }, null, 2));
  else for (const text of next) line(stdout, text);
}

/** Files and commands as they would be. */
function tellOnly(ctx: Context, prepared: Prepared): 0 {
  const { target, plan, given } = prepared;
  const { globals, stdout } = ctx;
  const operations = operationsOf(target, ctx.program);
  const folder = folderForShow(ctx, prepared);
  const values = givenSecrets(plan, given.file, ctx.env);
  const files = target.render(plan);
  const steps = operations.deploy(plan, folder, handedOver(plan, values)).map(describeStep);
  if (globals.json) {
    line(stdout, JSON.stringify({ ...planObject(target, plan), folder, files, steps }, null, 2));
    return 0;
  }
  const login = openLogin(plan, values) && "login made up at the first deployment";
  tellPlan(ctx, prepared, { values, others: "not set here", folder, login });
  printFiles(stdout, folder, files);
  printSteps(stdout, steps);
  return 0;
}

function printFiles({ write, colors }: Output, folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    write(`${colors.bold(`# ${folder}/${path}`)}\n${text}${text.endsWith("\n") ? "" : "\n"}\n`);
  }
}

function printSteps(out: Output, steps: readonly DescribedStep[]): void {
  for (const { title, command: shown, notes, readOnly } of steps) {
    line(out, out.colors.bold(`# ${title}${readOnly ? " (only looks)" : ""}`));
    line(out, shown);
    for (const note of notes) line(out, out.colors.dim(`#   ${note}`));
  }
}

/** Names of the secrets that a deployment would hand over: those that are set here, and those that must be by then. */
function handedOver({ agents }: DeployPlan, values: SecretValues): string[] {
  const needed = agents.flatMap(({ secrets }) =>
    secrets.flatMap(({ name, required }) => (required ? [name] : [])),
  );
  return [...new Set([...Object.keys(values), ...needed])].sort();
}

/** Where the files would be, for a look: nothing is written, so no folder is needed. */
function folderForShow(ctx: Context, { target, plan }: Pick<Prepared, "target" | "plan">): string {
  try {
    return renderedFolder(ctx, target, plan);
  } catch (error) {
    if (error instanceof ExpectedError) return `<folder>/${target.name}/${plan.project}`;
    throw error;
  }
}
