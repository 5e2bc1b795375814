import { type Presence, presenceAt, type SeenAgent } from "../protocol/read-status.ts";
import { brokerOption, withClient } from "./client/connect.ts";
import { seenAgents } from "./client/presence.ts";
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
  description:
    "Reads the status that each agent leaves at the broker. One that has said nothing for three of its heartbeats is " +
    "'silent': it is probably gone, and no router passes it anything.",
  options: {
    ...brokerOption,
    all: { type: "boolean", short: "a", description: "Also those that are silent or unavailable" },
  },
  examples: [
    { command: "agent2389 agents" },
    { command: "agent2389 agents --all --json | jq '.[].id'", note: "for programs" },
  ],
  async run(ctx, _args, { broker, all }) {
    await withClient(ctx, broker, async ({ transport, url }) => {
      const seen = await seenAgents(ctx, transport);
      const now = ctx.clock.now();
      const agents = [...seen.values()]
        .map((agent) => ({ ...agent, presence: presenceAt(agent, now) }))
        .sort((a, b) => a.id.localeCompare(b.id));
      const isListed = ({ presence }: Listed) => all || presence === "available";
      const [listed, hidden] = [agents.filter(isListed), agents.filter((agent) => !isListed(agent))];
      show(ctx, listed, now);
      if (listed.length === 0 && !ctx.globals.json)
        line(ctx.stderr, all ? `No agent has left a status at ${url}.` : `No agent is available at ${url}.`);
      tellHidden(ctx, hidden);
    });
    return 0;
  },
});

interface Listed extends SeenAgent {
  presence: Presence;
}

function show({ stdout, globals }: Context, agents: readonly Listed[], now: number): void {
  if (globals.json) line(stdout, JSON.stringify(agents.map(asJson), null, 2));
  else if (agents.length > 0) {
    const rows = agents.map((agent) => row(agent, now, stdout));
    stdout.write(table(COLUMNS, rows, stdout));
  }
}

/** Whoever misses an agent shall know that there is more to see. */
function tellHidden({ stderr, globals }: Context, hidden: readonly Listed[]): void {
  if (globals.json || globals.quiet || hidden.length === 0) return;
  const counts = (["silent", "unavailable"] as const).flatMap((presence) => {
    const count = hidden.filter((agent) => agent.presence === presence).length;
    return count === 0 ? [] : [`${count} ${presence}`];
  });
  line(stderr, stderr.colors.dim(`Not listed: ${counts.join(", ")}. To see them: --all`));
}

const PAINT = { available: "green", silent: "yellow", unavailable: "red" } as const;

const row = (agent: Listed, now: number, { colors }: Output): string[] => [
  colors.cyan(agent.id),
  colors[PAINT[agent.presence]](agent.presence),
  agent.load === undefined || agent.presence !== "available" ? "" : `${Math.round(agent.load * 100)} %`,
  agent.seenAt === undefined ? "" : relativeTime(agent.seenAt, now),
  agent.capabilities.join(", "),
  agent.description,
];

const asJson = ({ id, presence, description, capabilities, load, seenAt }: Listed) => ({
  id,
  status: presence,
  available: presence === "available",
  description,
  capabilities,
  load: load ?? null,
  seen_at: seenAt === undefined ? null : new Date(seenAt).toISOString(),
});
