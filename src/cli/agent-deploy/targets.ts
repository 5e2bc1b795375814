import { oneOf } from "../../base/one-of.ts";
import { cliProblem, findCli } from "../../deploy/find-cli.ts";
import { TARGET_NAMES, TARGETS } from "../../deploy/targets/index.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { table } from "../terminal/table.ts";

export const command = defineCommand({
  summary: "List the platforms, what each needs, and whether it is here",
  examples: [{ command: "agent-deploy targets" }, { command: "agent-deploy targets --json" }],
  async run(ctx) {
    const rows = await Promise.all(TARGET_NAMES.map((name) => describe(ctx, name)));
    show(ctx, rows);
    return 0;
  },
});

interface TargetRow {
  name: string;
  summary: string;
  /** Deployed from here, or rendered for only. */
  deploys: boolean;
  programs: {
    name: string;
    path: string | null;
    version: string | null;
    problem?: string;
    install: string;
  }[];
}

async function describe(ctx: Context, name: (typeof TARGET_NAMES)[number]): Promise<TargetRow> {
  const { target } = await TARGETS[name].load();
  const programs = target.clis.map(async (requirement) => {
    const found = await findCli(requirement, ctx);
    const problem = cliProblem(requirement, found);
    return {
      name: oneOf(requirement.commands),
      path: found?.path ?? null,
      version: found?.version ?? null,
      ...(problem && { problem: problem.message }),
      install: requirement.install,
    };
  });
  return {
    name,
    summary: target.summary,
    deploys: target.operations !== undefined,
    programs: await Promise.all(programs),
  };
}

const howToMend = (problem: string | null | undefined, install: string): string =>
  problem ? `${problem}\n  ${install}` : install;

function show({ stdout, globals }: Context, rows: readonly TargetRow[]): void {
  if (globals.json) {
    line(stdout, JSON.stringify(rows, null, 2));
    return;
  }
  const { colors } = stdout;
  const columns = [{ title: "TARGET" }, { title: "WHAT IT IS", shrinks: true }, { title: "NEEDS" }];
  const needs = ({ deploys, programs }: TargetRow): string => {
    if (!deploys) return colors.dim("nothing: files only");
    if (programs.length === 0) return colors.green("nothing");
    return programs
      .map(({ name, version, path, problem }) => {
        if (path === null) return colors.red(`${name}: not here`);
        return (problem ? colors.yellow : colors.green)(
          [name, version, problem && (version === null ? "(does not work)" : "(too old)")]
            .filter(Boolean)
            .join(" "),
        );
      })
      .join(", ");
  };
  stdout.write(
    table(
      columns,
      rows.map((row) => [colors.bold(row.name), row.summary, needs(row)]),
      stdout,
    ),
  );
  const missing = rows.flatMap(({ programs }) =>
    programs.filter(({ path, problem }) => path === null || problem),
  );
  const lines = [
    ...new Map(
      missing.map(({ name, path, problem, install }) => [name, howToMend(path && problem, install)]),
    ),
  ];
  if (lines.length > 0) line(stdout);
  for (const [name, install] of lines) line(stdout, `${name}: ${install}`);
}
