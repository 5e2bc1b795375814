import type { Hono } from "hono";
import { toError } from "../base/errors.ts";
import { reachableHost } from "../base/hosts.ts";
import { listenError } from "../base/listen-error.ts";
import type { Logger } from "../log/logger.ts";
import { LISTEN_SETTINGS } from "./config.ts";

export interface HttpServer {
  port: number;
  /** An address that clients on this machine can use. */
  url: string;
  /** Takes no more requests, and cuts the connections that are left. */
  stop(): Promise<void>;
}

/** Nothing here takes a body. */
const MAX_BODY_BYTES = 1024;
const IDLE_SECONDS = 30;

/** Serves an app; port 0: any free one. Throws an ExpectedError when the port cannot be had. */
export function serve(
  app: Pick<Hono, "fetch">,
  { host, port }: { host: string; port: number },
  log: Logger,
): HttpServer {
  const server = open(app, host, port, log);
  const bound = server.port ?? port;
  const url = `http://${reachableHost(host)}:${bound}`;
  log.info({ url }, "health server listens");
  return { port: bound, url, stop: () => server.stop(true) };
}

function open(app: Pick<Hono, "fetch">, host: string, port: number, log: Logger) {
  try {
    return Bun.serve({
      hostname: host,
      port,
      fetch: (request) => app.fetch(request),
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: MAX_BODY_BYTES,
      // Otherwise Bun answers a failure with a page that shows the source; but then it also shares the port with
      // whoever has it already, unless told not to.
      development: false,
      reusePort: false,
      error(error) {
        log.error({ error: toError(error) }, "the health server failed to answer");
        return Response.json({ error: "internal error" }, { status: 500 });
      },
    });
  } catch (error) {
    throw listenError(error, host, port, LISTEN_SETTINGS);
  }
}
