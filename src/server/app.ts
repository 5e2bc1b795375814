import { type Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import type { Logger } from "../log/logger.ts";
import type { AgentHealth } from "../runtime/ports/health.ts";
import { bearerAuth } from "./bearer-auth.ts";
import { healthReport, isUnhealthy } from "./health-report.ts";
import { ENDPOINTS, indexPage } from "./index-page.ts";
import type { MetricsRegistry } from "./metrics.ts";

export interface HealthDeps {
  metrics: MetricsRegistry;
  /** ms since 1970. */
  now(): number;
  /** /health and /metrics ask for it; undefined or empty: they are open. */
  token?: string | undefined;
  log: Logger;
}

/** The health server as a function from requests to responses. */
export function healthApp(agents: readonly AgentHealth[], { metrics, now, token, log }: HealthDeps): Hono {
  const app = new Hono();
  const seconds = () => Math.floor(now() / 1000);
  const isReady = () => agents.every((agent) => agent.ready());

  app.use(async (c, next) => {
    await next();
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
  });
  if (token) for (const path of ["/health", "/metrics"]) app.use(path, bearerAuth(token));

  app.get("/", (c) => (wants(c, "text/html") ? c.html(indexPage()) : c.json({ endpoints: ENDPOINTS })));
  app.get("/live", (c) => c.json({ alive: true, timestamp: seconds() }));
  app.get("/ready", (c) => {
    const ready = isReady();
    const reason = agents.flatMap((agent) => agent.whyNotReady?.() ?? []).join("; ");
    const why = reason === "" ? {} : { reason };
    return c.json({ ready, ...why, timestamp: seconds(), ...each(agents) }, ready ? 200 : 503);
  });
  app.get("/health", async (c) => {
    const report = await healthReport(agents, now(), log);
    return c.json(report, isUnhealthy(report) ? 503 : 200);
  });
  app.get("/metrics", async (c) => {
    if (wants(c, "application/json")) return c.json(await metrics.json(agents, now()));
    return c.body(await metrics.text(agents), 200, { "Content-Type": metrics.contentType });
  });

  for (const path of Object.keys(ENDPOINTS)) app.all(path, notAllowed);
  app.notFound((c) => c.json({ error: "not found", endpoints: Object.keys(ENDPOINTS) }, 404));
  app.onError((error, c) => {
    log.error({ error, path: c.req.path }, "the health server failed to answer");
    return c.json({ error: "internal error" }, 500);
  });
  return app;
}

const notAllowed = (c: Context) => c.json({ error: "method not allowed" }, 405, { Allow: "GET, HEAD" });

/** Whether the client prefers this type to the plain text that is the default. */
const wants = (c: Context, type: string): boolean =>
  accepts(c, { header: "Accept", supports: [type, "text/plain"], default: "text/plain" }) === type;

/** Which of several agents are ready. */
const each = (agents: readonly AgentHealth[]) =>
  agents.length > 1 && { agents: Object.fromEntries(agents.map((agent) => [agent.agentId, agent.ready()])) };
