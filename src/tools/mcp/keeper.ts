import type { Tool as ServerTool } from "@modelcontextprotocol/client";
import { type Backoff, backoffDelay } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { Logger } from "../../log/logger.ts";
import { callFailure } from "./failure.ts";
import type { McpOptions } from "./options.ts";
import { type Session, startSession } from "./session.ts";
import type { Channel } from "./transport.ts";

/** Keeps a session with a server, and begins a new one when it is over. */
export interface Keeper {
  /** The session there is, over or not. */
  current(): Session;
  /** One that can be used, after a wait when earlier tries failed. All who ask at the same time get the same. */
  usable(): Promise<Session>;
  /** A call came through: the next failure is the first again. */
  wasUseful(): void;
  /** Why the last try to connect failed; undefined when it did not. */
  failure(): string | undefined;
  close(): Promise<void>;
}

export interface KeeperDeps {
  options: McpOptions;
  openChannel(): Promise<Channel>;
  /** Called with the server's tools whenever they are new. */
  onTools(tools: ServerTool[]): void;
  clock: Clock;
  log: Logger;
}

const BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };

/** Begins the first session. Rejects with what went wrong, as the SDK or the system says it. */
export async function keepSession(deps: KeeperDeps, signal?: AbortSignal): Promise<Keeper> {
  const { clock, log } = deps;
  const closing = new AbortController();
  let session = await begin(deps, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal);
  let restarting: Promise<Session> | undefined;
  let failure: string | undefined;
  /** Sessions in a row that no call came through in. */
  let fruitless = 0;

  async function restart(): Promise<Session> {
    retire(session);
    if (fruitless > 0) await clock.sleep(backoffDelay(BACKOFF, fruitless - 1), closing.signal);
    closing.signal.throwIfAborted();
    fruitless += 1;
    try {
      session = await begin(deps, closing.signal);
      failure = undefined;
      log.info({}, "MCP server is connected again");
      return session;
    } catch (thrown) {
      session.gone = true;
      failure = callFailure(thrown);
      throw thrown;
    }
  }

  return {
    current: () => session,
    failure: () => failure,
    wasUseful() {
      fruitless = 0;
    },
    async usable() {
      closing.signal.throwIfAborted();
      if (!session.over) return session;
      restarting ??= restart().finally(() => {
        restarting = undefined;
      });
      return restarting;
    },
    async close() {
      closing.abort(new Error("the agent is shutting down"));
      await restarting?.catch(() => {}); // it was told to stop
      await session.client.close().catch((thrown) => log.debug({ error: toError(thrown) }, "MCP close"));
    },
  };
}

async function begin(deps: KeeperDeps, signal: AbortSignal): Promise<Session> {
  const onError = (error: Error) => deps.log.debug({ error }, "MCP connection");
  const channel = await deps.openChannel();
  const { session, tools } = await startSession(
    channel,
    deps.options,
    { onTools: deps.onTools, onError },
    signal,
  );
  deps.onTools(tools);
  return session;
}

/** Closes a session that is over, as soon as no call needs it any more. */
export function retire(session: Session): void {
  session.over = true;
  if (session.calls === 0) session.client.close().catch(() => {}); // nothing more is asked of it
}
