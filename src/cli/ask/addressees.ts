import { closest } from "../../base/did-you-mean.ts";
import { ExpectedError } from "../../base/errors.ts";
import { presenceAt } from "../../protocol/read-status.ts";
import { statusTopic } from "../../protocol/topics.ts";
import { brokerArgument, type Client } from "../client/connect.ts";
import { isAvailable, type SeenAgents, seenAgents } from "../client/presence.ts";
import type { Context } from "../framework/context.ts";
import { relativeTime } from "../terminal/relative-time.ts";

/** Rejects with an ExpectedError unless all of these agents are available, as their statuses tell. */
export async function checkAddressees(
  ctx: Context,
  { transport, url }: Client,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length === 0) return;
  const seen = await seenAgents(ctx, transport, wanted);
  const now = ctx.clock.now();
  const missing = wanted.filter((id) => !isAvailable(seen.get(id), now));
  if (missing.length === 0) return;
  throw new ExpectedError(
    `${missing.map((id) => `"${id}"`).join(" and ")} ${missing.length === 1 ? "is" : "are"} not available`,
    {
      where: `${url}, ${statusTopic(missing[0]!)}`,
      hint: [...silences(missing, seen, now), whoIsThere(missing, seen, now, url)].join(" "),
    },
  );
}

/** Of agents that went without a goodbye. */
const silences = (missing: readonly string[], seen: SeenAgents, now: number): string[] =>
  missing.flatMap((id) => {
    const agent = seen.get(id);
    if (agent?.seenAt === undefined || presenceAt(agent, now) !== "silent") return [];
    return [`${id} was last heard of ${relativeTime(agent.seenAt, now)}, and is probably gone.`];
  });

function whoIsThere(missing: readonly string[], seen: SeenAgents, now: number, url: string): string {
  const there = [...seen.values()].flatMap((agent) => (isAvailable(agent, now) ? [agent.id] : [])).sort();
  if (there.length === 0)
    return `No agent is available there. Start one: agent2389 run FILE${brokerArgument(url)}`;
  const meant = missing.flatMap((id) => closest(id, there) ?? []);
  const suggestion = meant.length > 0 ? `Did you mean ${meant.join(", ")}? ` : "";
  return `${suggestion}Available: ${there.join(", ")}. To send the task all the same: --no-check`;
}
