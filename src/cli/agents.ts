import { brokerOption, withClient } from "./client/connect.ts";
import { type PresentAgent, presentAgents } from "./client/presence.ts";
import { defineCommand } from "./framework/command.ts";
import type { Context } from "./framework/context.ts";
import { relativeTime } from "./terminal/relative-time.ts";
import { line, type Output } from "./terminal/streams.ts";
import { table } from "./terminal/table.ts";

const COLUMNS = [
  { title: "AGENT" },
  { title: "STATUS" },
  { title: "LOAD", align: "right" },
  { title: "SEEN" },
  { title: "CAPABILITIES", shrinks: true },
  { title: "DESCRIPTION", shrinks: true },
] as const;

export const command = defineCommand({
  summary: "List the agents that are available",
  description: "Reads the status that each agent leaves at the broker.",
  options: {
    ...brokerOption,
    all: { type: "boolean", short: "a", description: "Also those that are not available" },
  },
  examples: [
    { command: "agent2389 agents" },
    { command: "agent2389 agents --all --json | jq '.[].id'", note: "for programs" },
  ],
  async run(ctx, _args, { broker, all }) {
    await withClient(ctx, broker, async ({ transport, url }) => {
      const present = [...(await presentAgents(ctx, transport)).values()];
      const agents = present
        .filter((agent) => all || agent.available)
        .sort((a, b) => a.id.localeCompare(b.id));
      show(ctx, agents, url);
    });
    return 0;
  },
});

function show({ stdout, stderr, globals, clock }: Context, agents: PresentAgent[], url: string): void {
  if (globals.json) line(stdout, JSON.stringify(agents.map(asJson), null, 2));
  else if (agents.length === 0) line(stderr, `No agent is available at ${url}.`);
  else {
    const rows = agents.map((agent) => row(agent, clock.now(), stdout));
    stdout.write(table(COLUMNS, rows, stdout));
  }
}

const row = (agent: PresentAgent, now: number, { colors }: Output): string[] => [
  colors.cyan(agent.id),
  agent.available ? colors.green("available") : colors.red("unavailable"),
  agent.load === undefined ? "" : `${Math.round(agent.load * 100)} %`,
  agent.seenAt === undefined ? "" : relativeTime(agent.seenAt, now),
  agent.capabilities.join(", "),
  agent.description,
];

const asJson = ({ id, available, description, capabilities, load, seenAt }: PresentAgent) => ({
  id,
  available,
  description,
  capabilities,
  load: load ?? null,
  seen_at: seenAt === undefined ? null : new Date(seenAt).toISOString(),
});
