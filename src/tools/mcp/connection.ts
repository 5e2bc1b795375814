import type { CallToolResult, Tool as ServerTool } from "@modelcontextprotocol/client";
import { race } from "../../base/abort.ts";
import { type Backoff, backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import { callFailure, isSessionLost } from "./failure.ts";
import type { McpOptions } from "./options.ts";
import { type Session, type SessionEvents, startSession } from "./session.ts";
import type { Channel } from "./transport.ts";

/** A server that is called; when it goes away, the next call brings it back. */
export interface Connection {
  /** Waits for a connection, and for its turn when earlier tries failed. Rejects in plain words. */
  call(
    tool: string,
    args: Record<string, unknown>,
    ctx: Pick<ToolContext, "signal" | "progress">,
  ): Promise<CallToolResult>;
  /** What is connected to, or undefined while it is not. */
  peer(): Peer | undefined;
  /** Why the last try to connect failed. */
  lastFailure(): string | undefined;
  close(): Promise<void>;
}

export interface Peer {
  server: string;
  protocol: string;
}

export interface ConnectionDeps {
  options: McpOptions;
  openChannel(): Promise<Channel>;
  onTools(tools: ServerTool[]): void;
  clock: Clock;
  log: Logger;
}

const BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };
/** The runtime stops a call in time; this is for a runtime that does not. */
const BACKSTOP_MS = 5_000;

/** Connects for the first time. Rejects with what went wrong, as the SDK or the system says it. */
export async function connect(deps: ConnectionDeps, signal?: AbortSignal): Promise<Connection> {
  const { options, clock, log } = deps;
  const closing = new AbortController();
  let connecting: Promise<Session> | undefined;
  let failure: string | undefined;
  /** Connections in a row that no call came through on. */
  let fruitless = 0;

  const events: SessionEvents = {
    onTools: deps.onTools,
    onError: (error) => log.debug({ error }, "MCP connection"),
  };

  async function start(abort: AbortSignal): Promise<Session> {
    const { session, tools } = await startSession(await deps.openChannel(), options, events, abort);
    deps.onTools(tools);
    return session;
  }

  let session = await start(signal ? AbortSignal.any([signal, closing.signal]) : closing.signal);

  /** Never rejects because of one caller: all wait for the same. */
  async function restart(): Promise<Session> {
    retire(session);
    if (fruitless > 0) await clock.sleep(backoffDelay(BACKOFF, fruitless - 1), closing.signal);
    closing.signal.throwIfAborted();
    fruitless += 1;
    try {
      session = await start(closing.signal);
      failure = undefined;
      log.info({}, "MCP server is connected again");
      return session;
    } catch (thrown) {
      session.gone = true;
      failure = callFailure(thrown);
      throw thrown;
    }
  }

  function usable(): Promise<Session> {
    closing.signal.throwIfAborted();
    if (!session.over) return Promise.resolve(session);
    connecting ??= restart().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  async function callOnce(
    tool: string,
    args: Record<string, unknown>,
    ctx: Pick<ToolContext, "signal" | "progress">,
  ) {
    const current = await race(usable(), ctx.signal);
    current.calls += 1;
    try {
      const result = await current.client.callTool(
        { name: tool, arguments: args },
        {
          signal: ctx.signal,
          timeout: options.timeout * 1000 + BACKSTOP_MS,
          onprogress: ({ message, progress, total }) =>
            ctx.progress(message ?? `${progress}${total === undefined ? "" : ` of ${total}`}`),
        },
      );
      fruitless = 0;
      return result;
    } catch (thrown) {
      if (isSessionLost(thrown, current.channel)) current.over = true;
      throw thrown;
    } finally {
      current.calls -= 1;
      if (current.over) retire(current);
    }
  }

  return {
    async call(tool, args, ctx) {
      try {
        return await callOnce(tool, args, ctx).catch((thrown) => {
          // The server did not know the session, so it did not run the tool: once more, in a new one.
          if (isSessionLost(thrown, session.channel)) return callOnce(tool, args, ctx);
          throw thrown;
        });
      } catch (thrown) {
        ctx.signal.throwIfAborted();
        throw new Error(callFailure(thrown), { cause: thrown });
      }
    },
    peer: () => (session.gone ? undefined : describe(session)),
    lastFailure: () => failure,
    async close() {
      closing.abort(new Error("the agent is shutting down"));
      await connecting?.catch(() => {}); // it was told to stop
      await session.client.close().catch((thrown) => log.debug({ error: toError(thrown) }, "MCP close"));
    },
  };
}

/** Closes a session that is over, as soon as no call needs it any more. */
function retire(session: Session): void {
  session.over = true;
  if (session.calls === 0) session.client.close().catch(() => {}); // nothing more is asked of it
}

function describe({ client }: Session): Peer {
  const { name, version } = client.getServerVersion() ?? { name: "unnamed", version: "" };
  return {
    server: `${name} ${version}`.trim(),
    protocol: client.getNegotiatedProtocolVersion() ?? "unknown",
  };
}
