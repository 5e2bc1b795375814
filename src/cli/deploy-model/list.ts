import { TARGET_NAMES, TARGETS } from "../../models/targets/index.ts";
import type { Availability, Capabilities, World } from "../../models/targets/types.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { keyValues, table } from "../terminal/table.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "List the targets, and whether each is here",
  description:
    "Each with its version, what it can do on this machine, and what is missing where it is not here.",
  examples: [{ command: "agent2389 deploy-model list" }, { command: "agent2389 deploy-model list --json" }],
  async run(ctx) {
    const world = await modelWorld(ctx);
    const rows = await Promise.all(TARGET_NAMES.map((name) => describe(name, world)));
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(rows, null, 2));
    else show(ctx, rows);
    return 0;
  },
});

interface Row {
  name: string;
  summary: string;
  availability: Availability;
  capabilities: Capabilities;
}

async function describe(name: (typeof TARGET_NAMES)[number], world: World): Promise<Row> {
  const { target } = await TARGETS[name].load();
  const [availability, capabilities] = await Promise.all([
    target.available(world),
    target.capabilities(world),
  ]);
  return { name, summary: target.summary, availability, capabilities };
}

function show({ stdout }: Context, rows: readonly Row[]): void {
  const { colors } = stdout;
  const columns = [{ title: "TARGET" }, { title: "WHAT IT IS", shrinks: true }, { title: "HERE" }];
  const here = (availability: Availability): string =>
    availability.available
      ? colors.green(`yes, ${availability.version}`)
      : colors.yellow(`no: ${availability.reason}`);
  stdout.write(
    table(
      columns,
      rows.map(({ name, summary, availability }) => [colors.bold(name), summary, here(availability)]),
      stdout,
    ),
  );
  for (const { name, availability, capabilities } of rows) {
    line(stdout);
    line(stdout, colors.bold(name));
    stdout.write(
      keyValues(
        [
          ...capabilities.facts.map(([fact, value]) => [`  ${fact}`, value] as const),
          ...capabilities.precisions.map(({ precision, note }) => [`  ${precision}`, note] as const),
          ...(availability.available || availability.hint === ""
            ? []
            : [["  to have it", availability.hint] as const]),
        ],
        stdout,
      ),
    );
  }
}
