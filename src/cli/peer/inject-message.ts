import { UsageError } from "../../base/errors.ts";
import { command as ask } from "../ask/index.ts";
import { defineCommand } from "../framework/command.ts";
import { peerAddress, peerBrokerOptions, withLogin } from "./address.ts";

/** The peer implementation's tool of this name: `ask`, with its spelling of the options. */
export const command = defineCommand({
  summary: "Send a task to an agent: the peer implementation's spelling of 'ask'",
  positionals: [
    { name: "agent", description: "Id of the agent", optional: true },
    { name: "task", description: "What it shall do", optional: true },
  ],
  options: {
    ...ask.options,
    ...peerBrokerOptions,
    "broker-url": { type: "string", value: "HOST", description: "Host of the broker, or its address" },
    "agent-id": { type: "string", value: "ID", description: "Id of the agent" },
    message: { type: "string", value: "TEXT", description: "What it shall do" },
    query: { type: "string", value: "TEXT", description: "What it shall do, with routing (protocol v2)" },
    "conversation-id": { type: "string", value: "ID", description: "Id of the conversation" },
    "next-agent": { type: "string", value: "ID", description: "Agent that goes on with the answer" },
  },
  examples: [{ command: 'agent2389 inject-message --agent-id writer-agent --message "Say hello"' }],
  run(ctx, args, options) {
    const agent = options["agent-id"] ?? args.agent;
    if (agent === undefined) throw new UsageError("--agent-id is missing: id of the agent");
    const next = options["next-agent"];
    const address = peerAddress(options["broker-url"] ?? options["broker-host"], options["broker-port"]);
    const asked: Parameters<typeof ask.run>[2] = options;
    return ask.run(
      withLogin(ctx, options.username, options.password),
      { agent, task: options.message ?? options.query ?? args.task },
      {
        ...asked,
        ...(next !== undefined && { next: [next] }),
        ...(options["conversation-id"] !== undefined && { conversation: options["conversation-id"] }),
        ...(address !== undefined && { broker: address }),
        ...(options.query !== undefined && { route: true }),
      },
    );
  },
});
