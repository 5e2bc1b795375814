import type { Clock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import { secretFrom } from "../base/env-secret.ts";
import type { Logger } from "../log/logger.ts";
import type { AgentHealth } from "../runtime/ports/health.ts";
import type { ServerSection } from "./config.ts";
import type { MetricsRegistry } from "./metrics.ts";
import { type HttpServer, serve } from "./serve.ts";

export interface HealthServerDeps {
  env: Env;
  clock: Clock;
  log: Logger;
}

export interface HealthServer extends HttpServer {
  /** Begins to answer, for these agents; requests that came before have waited for it. */
  answerFor(agents: readonly AgentHealth[], metrics: MetricsRegistry): Promise<void>;
}

const TOKEN = {
  what: "no token for the health endpoints",
  key: "token_env in [server]",
  where: "server.token_env",
};

/**
 * Listens at once, to be called before anything else is made: Bun collects garbage whenever a server begins to listen,
 * and that takes the longer the more there is by then. Throws an ExpectedError when the port cannot be had.
 */
export function openHealthServer(
  { host, port, token_env }: ServerSection,
  { env, clock, log }: HealthServerDeps,
): HealthServer {
  const token = token_env === undefined ? undefined : secretFrom(env, token_env, TOKEN);
  const app = Promise.withResolvers<Parameters<typeof serve>[0]>();
  const server = serve({ fetch: async (request) => (await app.promise).fetch(request) }, { host, port }, log);
  return {
    ...server,
    async answerFor(agents, metrics) {
      const { healthApp } = await import("./app.ts");
      app.resolve(healthApp(agents, { metrics, now: clock.now, token, log }));
    },
  };
}
