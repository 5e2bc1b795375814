import { ExpectedError } from "../../../base/errors.ts";
import type { AgentPlan } from "../../../deploy/plan.ts";
import { defineCommand } from "../../framework/command.ts";
import type { Context } from "../../framework/context.ts";
import { line } from "../../terminal/streams.ts";
import { table } from "../../terminal/table.ts";
import { openLogin } from "../broker-login.ts";
import { givenSecrets, platformSecrets } from "../given-secrets.ts";
import { planOptions, planPositionals } from "../options.ts";
import { type Prepared, prepare } from "../prepare.ts";
import { programFinder } from "../run-steps.ts";

export const command = defineCommand({
  summary: "List the secrets that the configs need, and where they are set",
  description:
    "Names only: of no secret the value is shown. It ends with 1 when a needed one is set nowhere.",
  positionals: planPositionals,
  options: planOptions,
  examples: [{ command: "agent-deploy secrets list fly config/agents/researcher.toml --env production.env" }],
  async run(ctx, args, options) {
    const prepared = await prepare(ctx, args, options);
    const rows = await secretRows(ctx, prepared);
    show(ctx, rows);
    return rows.some(isMissing) ? 1 : 0;
  },
});

interface SecretRow {
  agent: string;
  name: string;
  required: boolean;
  usedBy: readonly string[];
  /** In the environment, or in a file of --env. */
  here: boolean;
  /** On the platform; null: it could not be asked. */
  there: boolean | null;
  /** The login of a broker that is deployed along: the first deployment makes one up. */
  madeUp: boolean;
}

const isMissing = ({ required, here, there, madeUp }: SecretRow): boolean =>
  required && !here && !madeUp && there !== true;

async function secretRows(ctx: Context, { target, plan, given }: Prepared): Promise<SecretRow[]> {
  const values = givenSecrets(plan, given.file, ctx.env);
  const open = Object.values(openLogin(plan, values) ?? {});
  const rows = plan.agents.map(async (agent) => {
    const there = await askPlatform(ctx, { target, plan }, agent);
    return agent.secrets.map(({ name, required, usedBy }) => ({
      agent: agent.name,
      name,
      required,
      usedBy,
      here: values[name] !== undefined,
      there: there?.has(name) ?? null,
      madeUp: open.includes(name),
    }));
  });
  return (await Promise.all(rows)).flat();
}

/** A platform that cannot be asked now is no reason not to tell what is known here. */
async function askPlatform(
  ctx: Context,
  { target, plan }: Pick<Prepared, "target" | "plan">,
  agent: AgentPlan,
): Promise<ReadonlySet<string> | undefined> {
  const { operations } = target;
  if (operations === undefined) return undefined;
  try {
    return await platformSecrets(ctx, { operations, find: programFinder(ctx, target) }, plan, agent);
  } catch (error) {
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
}

function show({ stdout, stderr, globals }: Context, rows: readonly SecretRow[]): void {
  if (globals.json) {
    line(stdout, JSON.stringify(rows, null, 2));
    return;
  }
  const { colors } = stdout;
  const yes = (value: boolean | null) =>
    value === null ? colors.dim("?") : value ? colors.green("set") : colors.dim("–");
  const columns = [
    { title: "AGENT" },
    { title: "SECRET" },
    { title: "NEEDED" },
    { title: "HERE" },
    { title: "PLATFORM" },
    { title: "FOR", shrinks: true },
  ];
  const cells = rows.map((row) => {
    const { agent, name, required, usedBy, here, there, madeUp } = row;
    return [
      agent,
      isMissing(row) ? colors.red(name) : name,
      required ? "yes" : "no",
      madeUp ? colors.dim("made up") : yes(here),
      yes(there),
      usedBy.join(", "),
    ];
  });
  stdout.write(table(columns, cells, stdout));
  if (!globals.quiet && rows.some(({ there }) => there === null))
    line(stderr, stderr.colors.dim("? means that the platform could not be asked."));
}
