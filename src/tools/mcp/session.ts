import type { Client, Tool as ServerTool } from "@modelcontextprotocol/client";
import { version } from "../../../package.json" with { type: "json" };
import { race } from "../../base/abort.ts";
import type { McpOptions } from "./options.ts";
import type { Channel } from "./transport.ts";

/** One connection to a server, from handshake to close. */
export interface Session {
  client: Client;
  channel: Channel;
  /** It must not be used for new calls: the server went away, forgot it, or may have changed unseen. */
  over: boolean;
  /** Nothing is connected any more. */
  gone: boolean;
  /** Calls under way. */
  calls: number;
}

export interface SessionEvents {
  /** The server's tools changed. */
  onTools(tools: ServerTool[]): void;
  onError(error: Error): void;
}

/** Longer than any server needs that knows the question; those that do not know it may stay silent. */
const PROBE_MS = 10_000;

/** Connects and lists the server's tools. When it rejects, nothing is left behind. */
export async function startSession(
  channel: Channel,
  options: McpOptions,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<{ session: Session; tools: ServerTool[] }> {
  const { Client } = await import("@modelcontextprotocol/client");
  const timeout = options.connect_timeout * 1000;
  const client = new Client(
    { name: "agent2389", version },
    {
      versionNegotiation: { mode: negotiation(options), probe: { timeoutMs: Math.min(PROBE_MS, timeout) } },
      listChanged: {
        tools: { onChanged: (error, tools) => (error ? events.onError(error) : events.onTools(tools ?? [])) },
      },
    },
  );
  const session: Session = { client, channel, over: false, gone: false, calls: 0 };
  client.onclose = () => {
    session.over = true;
    session.gone = true;
  };
  client.onerror = (error) => events.onError(error);
  try {
    // The probe for the protocol's revision does not heed the signal.
    await race(client.connect(channel.transport, { timeout, signal }), signal);
    // Without its stream of change notices, what is known of the server may be out of date.
    client.autoOpenedSubscription?.closed.then(() => {
      session.over = true;
    });
    const { tools } = await client.listTools(undefined, { timeout, signal });
    return { session, tools };
  } catch (thrown) {
    await Promise.allSettled([client.close(), channel.transport.close()]); // the first failure is the one to tell
    throw thrown;
  }
}

const negotiation = ({ protocol }: McpOptions) => {
  if (protocol === "auto") return "auto" as const;
  return protocol === "2025-11-25" ? ("legacy" as const) : { pin: protocol };
};
