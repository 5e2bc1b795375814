import type { CallToolResult } from "@modelcontextprotocol/client";
import { race } from "../../base/abort.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import { callFailure, isSessionLost } from "./failure.ts";
import { type Keeper, type KeeperDeps, keepSession, retire } from "./keeper.ts";
import type { Session } from "./session.ts";

type CallContext = Pick<ToolContext, "signal" | "progress">;

/** A server that is called; when it goes away, the next call brings it back. */
export interface Connection {
  /** Rejects in plain words, or with the signal's reason. */
  call(tool: string, args: Record<string, unknown>, ctx: CallContext): Promise<CallToolResult>;
  /** What is connected to, or undefined while nothing is. */
  peer(): Peer | undefined;
  /** Why the last try to connect failed. */
  lastFailure(): string | undefined;
  /** Ends the server's program; calls under way end in errors. */
  close(): Promise<void>;
}

export interface Peer {
  server: string;
  /** Revision of the protocol. */
  protocol: string;
}

/** Connects for the first time. Rejects with what went wrong, as the SDK or the system says it. */
export async function connect(deps: KeeperDeps, signal?: AbortSignal): Promise<Connection> {
  const keeper = await keepSession(deps, signal);
  const timeoutMs = deps.options.timeout * 1000;
  return {
    async call(tool, args, ctx) {
      try {
        return await callTwice(keeper, (session) => callIn(session, tool, args, ctx, timeoutMs), ctx.signal);
      } catch (thrown) {
        ctx.signal.throwIfAborted();
        throw new Error(callFailure(thrown), { cause: thrown });
      }
    },
    peer: () => (keeper.current().gone ? undefined : describe(keeper.current())),
    lastFailure: keeper.failure,
    close: keeper.close,
  };
}

type Call = (session: Session) => Promise<CallToolResult>;

/** Once more in a new session when the server did not know the old one: then it did not run the tool. */
async function callTwice(keeper: Keeper, call: Call, signal: AbortSignal): Promise<CallToolResult> {
  const session = await race(keeper.usable(), signal);
  try {
    return await callOnce(keeper, session, call);
  } catch (thrown) {
    if (!isSessionLost(thrown, session.channel)) throw thrown;
    session.over = true;
    return callOnce(keeper, await race(keeper.usable(), signal), call);
  }
}

async function callOnce(keeper: Keeper, session: Session, call: Call): Promise<CallToolResult> {
  session.calls += 1;
  try {
    const result = await call(session);
    keeper.wasUseful();
    return result;
  } finally {
    session.calls -= 1;
    if (session !== keeper.current()) retire(session);
  }
}

/** The runtime stops a call in time; this is for a runtime that does not. */
const BACKSTOP_MS = 5_000;

const callIn = (
  { client }: Session,
  name: string,
  args: Record<string, unknown>,
  { signal, progress: tell }: CallContext,
  timeoutMs: number,
): Promise<CallToolResult> =>
  client.callTool(
    { name, arguments: args },
    {
      signal,
      timeout: timeoutMs + BACKSTOP_MS,
      onprogress: ({ message, progress, total }) =>
        tell(message ?? `${progress}${total === undefined ? "" : ` of ${total}`}`),
    },
  );

function describe({ client }: Session): Peer {
  const { name, version } = client.getServerVersion() ?? { name: "unnamed", version: "" };
  return {
    server: `${name} ${version}`.trim(),
    protocol: client.getNegotiatedProtocolVersion() ?? "unknown",
  };
}
