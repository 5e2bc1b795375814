import { defineCommand } from "../framework/command.ts";
import { command as monitor } from "../monitor/index.ts";
import type { TrafficType } from "../monitor/traffic.ts";
import { peerAddress, peerBrokerOptions, withLogin } from "./address.ts";

const MODES = {
  all: [],
  availability: ["status"],
  conversations: ["reply"],
  inputs: ["input"],
  progress: ["progress"],
} as const satisfies Record<string, readonly TrafficType[]>;

/** The peer implementation's tool of this name: `monitor`, with its spelling of the options. */
export const command = defineCommand({
  summary: "Watch the agents' messages: the peer implementation's spelling of 'monitor'",
  options: {
    ...monitor.options,
    ...peerBrokerOptions,
    mode: {
      type: "string",
      value: "MODE",
      description: "Which messages",
      choices: ["all", "availability", "conversations", "inputs", "progress"],
      default: "all",
    },
    format: {
      type: "string",
      value: "FORMAT",
      description: "How they look",
      choices: ["pretty", "compact", "json"],
      default: "pretty",
    },
    "agent-id": { type: "string", value: "ID", description: "Of this agent only" },
    "conversation-id": { type: "string", value: "ID", description: "Of this conversation only" },
  },
  examples: [{ command: "agent2389 mqtt-monitor --mode conversations --format json" }],
  run(ctx, args, options) {
    const { mode, format, username, password, "agent-id": agent, "conversation-id": conversation } = options;
    const address = peerAddress(options["broker-host"], options["broker-port"]);
    const json = ctx.globals.json || format === "json";
    const watched: Parameters<typeof monitor.run>[2] = options;
    return monitor.run({ ...withLogin(ctx, username, password), globals: { ...ctx.globals, json } }, args, {
      ...watched,
      ...(mode !== "all" && { type: [...MODES[mode]] }),
      ...(agent !== undefined && { agent: [agent] }),
      ...(conversation !== undefined && { conversation }),
      ...(address !== undefined && { broker: address }),
    });
  },
});
