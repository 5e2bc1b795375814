import { brokerOption, type Client, withClient } from "../client/connect.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { line } from "../terminal/streams.ts";
import { isWanted, type TrafficFilter } from "./filter.ts";
import { trafficJson, trafficLine, trafficRaw } from "./format.ts";
import { FILTERS, readTraffic, type Traffic, TYPES } from "./traffic.ts";

export const command = defineCommand({
  summary: "Watch the agents' messages as they pass",
  description:
    "Tasks (→), answers (←), progress (·) and status (●) of every agent at the broker, until Ctrl-C.",
  options: {
    agent: { type: "string", short: "a", value: "ID", description: "Of this agent only", multiple: true },
    conversation: {
      type: "string",
      value: "ID",
      description: "Of this conversation only; its first letters do",
    },
    type: {
      type: "string",
      short: "t",
      value: "TYPE",
      description: "Messages of this type only",
      choices: TYPES,
      multiple: true,
    },
    raw: { type: "boolean", description: "Topics and payloads as they come" },
    ...brokerOption,
  },
  examples: [
    { command: "agent2389 monitor" },
    { command: "agent2389 monitor --agent writer-agent --type input --type reply" },
    { command: "agent2389 monitor --json | jq .payload.usage", note: "one JSON document a line" },
  ],
  async run(ctx, _args, { agent, conversation, type, raw, broker }) {
    await monitor(ctx, { broker, raw, filter: { agents: agent, conversation, types: type } });
    return 0;
  },
});

export interface MonitorOptions {
  broker: string | undefined;
  raw: boolean;
  filter: TrafficFilter;
}

/** Shows what passes until the signal aborts. */
export function monitor(ctx: Context, { broker, raw, filter }: MonitorOptions): Promise<void> {
  return withClient(ctx, broker, async (client) => {
    const show = formatter(ctx, raw);
    const types = filter.types.length > 0 ? filter.types : TYPES;
    await client.transport.subscribe(
      types.map((type) => FILTERS[type]),
      (delivery) => {
        delivery.ack();
        const traffic = readTraffic(delivery, ctx.clock.now());
        if (isWanted(traffic, filter)) ctx.stdout.write(show(traffic));
      },
    );
    announce(ctx, client);
    await interrupted(ctx.signal);
  });
}

function formatter({ globals, stdout }: Context, raw: boolean): (traffic: Traffic) => string {
  if (globals.json) return trafficJson;
  if (raw) return trafficRaw;
  return (traffic) => (traffic.delta && !globals.verbose ? "" : trafficLine(traffic, stdout));
}

function announce({ globals, stderr }: Context, { url }: Client): void {
  if (!globals.quiet && !globals.json) line(stderr, stderr.colors.dim(`Watching ${url}; Ctrl-C ends it.`));
}

/** Resolves when someone ends the command; that is how it is meant to end. */
function interrupted(signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = () => (signal.reason instanceof Interrupted ? resolve() : reject(signal.reason));
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return promise;
}
