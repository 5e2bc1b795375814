import { describe, expect, test } from "bun:test";
import { type Logger, silent } from "../log/logger.ts";
import type { AgentHealth } from "../runtime/ports/health.ts";
import { agentHealth } from "./agent-health.fixture.ts";
import { healthApp } from "./app.ts";
import { readExposition } from "./exposition.fixture.ts";
import { createMetrics } from "./metrics.ts";

const NOW = 1_060_500;

function app(agents: AgentHealth[] = [agentHealth("a")], options: { token?: string; log?: Logger } = {}) {
  return healthApp(agents, { metrics: createMetrics(), now: () => NOW, log: silent, ...options });
}

describe("/live", () => {
  test("is always 200", async () => {
    const response = await app([agentHealth("a", { ready: () => false })]).request("/live");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ alive: true, timestamp: 1060 });
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("/ready (FR-002)", () => {
  test("follows the agent", async () => {
    let ready = false;
    const server = app([agentHealth("a", { ready: () => ready })]);
    const before = await server.request("/ready");
    expect(before.status).toBe(503);
    expect(await before.json()).toEqual({ ready: false, timestamp: 1060 });
    ready = true;
    expect((await server.request("/ready")).status).toBe(200);
  });

  test("with several agents, all must be", async () => {
    const response = await app([agentHealth("a"), agentHealth("b", { ready: () => false })]).request(
      "/ready",
    );
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, timestamp: 1060, agents: { a: true, b: false } });
  });
});

describe("/health", () => {
  test("gives the peer's shape", async () => {
    const response = await app().request("/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "healthy",
      timestamp: 1060,
      agent_id: "a",
      uptime_seconds: 60,
      checks: { mqtt: { status: "healthy" }, journal: { status: "healthy", waiting: 2 } },
    });
  });

  test("an impaired agent is told as degraded, and only a broken one is 503", async () => {
    const tools = { status: "degraded", message: "github: no answer" } as const;
    const impaired = await app([agentHealth("a", { is: { tools } })]).request("/health");
    expect(impaired.status).toBe(200);
    expect(await impaired.json()).toMatchObject({ status: "degraded", checks: { tools } });
    const mqtt = { status: "unhealthy", message: "connection refused" } as const;
    const broken = await app([agentHealth("a", { is: { mqtt } })]).request("/health");
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({ status: "degraded", checks: { mqtt } });
  });

  test("several agents: the worst of each check on top, and every agent below", async () => {
    const agents = [
      agentHealth("a", {
        is: { mqtt: { status: "unhealthy", message: "refused" }, llm: { status: "healthy" } },
      }),
      agentHealth("b", {
        is: { mqtt: { status: "degraded" }, llm: { status: "healthy" } },
        startedAt: 1_030_000,
      }),
    ];
    const response = await app(agents).request("/health");
    expect(response.status).toBe(503);
    const merged = {
      mqtt: { status: "unhealthy", message: "a: refused; b: degraded" },
      llm: { status: "healthy" },
    };
    const b = { mqtt: { status: "degraded" }, llm: { status: "healthy" } };
    expect(await response.json()).toEqual({
      status: "degraded",
      timestamp: 1060,
      agent_id: "a,b",
      uptime_seconds: 60,
      checks: merged,
      agents: {
        a: expect.objectContaining({ agent_id: "a", uptime_seconds: 60 }),
        b: { status: "degraded", timestamp: 1060, agent_id: "b", uptime_seconds: 30, checks: b },
      },
    });
  });

  test("checks that fail are unhealthy; why stands in the log, and not in the answer", async () => {
    const logged: object[] = [];
    const log = { ...silent, error: (fields: object) => void logged.push(fields) };
    const broken = agentHealth("a", { checks: () => Promise.reject(new Error("secret path /x/y")) });
    const response = await app([broken], { log }).request("/health");
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("secret path");
    expect(logged).toMatchObject([{ agent: "a", error: { message: "secret path /x/y" } }]);
  });
});

describe("/metrics", () => {
  test("is Prometheus text by default, and to a Prometheus server", async () => {
    for (const accept of [
      undefined,
      "*/*",
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
    ]) {
      const response = await app().request("/metrics", { headers: accept ? { Accept: accept } : {} });
      expect(response.headers.get("Content-Type")).toStartWith("text/plain; version=0.0.4");
      expect(readExposition(await response.text()).size).toBeGreaterThan(15);
    }
  });

  test("is JSON on request", async () => {
    const response = await app().request("/metrics", { headers: { Accept: "application/json" } });
    expect(response.headers.get("Content-Type")).toStartWith("application/json");
    const { tasks, ...rest } = JSON.parse(await response.text());
    expect(tasks.tasks_received).toBe(0);
    expect(Object.keys(rest)).toEqual(["mqtt", "tools", "lifecycle", "timestamp"]);
  });
});

describe("the token", () => {
  test("guards /health and /metrics, and leaves the probes open", async () => {
    const server = app(undefined, { token: "s3cret-token" });
    const status = async (path: string, authorization?: string, method = "GET") =>
      (await server.request(path, { method, headers: authorization ? { Authorization: authorization } : {} }))
        .status;
    for (const path of ["/health", "/metrics"]) {
      expect(await status(path)).toBe(401);
      expect(await status(path, "Bearer wrong")).toBe(401);
      expect(await status(path, "Basic s3cret-token")).toBe(401);
      expect(await status(path, "Bearer s3cret-token")).toBe(200);
      expect(await status(path, "bearer s3cret-token")).toBe(200); // the scheme has no case (RFC 9110 §11.1)
      expect(await status(path, undefined, "HEAD")).toBe(401);
    }
    for (const path of ["/", "/live", "/ready"]) expect(await status(path)).toBe(200);
    const refused = await server.request("/health");
    expect(refused.headers.get("WWW-Authenticate")).toBe('Bearer realm="agent2389"');
  });

  test("that is empty is none", async () => {
    expect((await app(undefined, { token: "" }).request("/health")).status).toBe(200);
  });
});

describe("everything else", () => {
  test("/ lists the endpoints, for programs and for browsers", async () => {
    const json = await app().request("/");
    expect(Object.keys(JSON.parse(await json.text()).endpoints)).toEqual([
      "/",
      "/live",
      "/ready",
      "/health",
      "/metrics",
    ]);
    const html = await app().request("/", {
      headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    });
    expect(html.headers.get("Content-Type")).toStartWith("text/html");
    expect(await html.text()).toContain('<a href="/ready">');
  });

  test("404, 405 and HEAD", async () => {
    const missing = await app().request("/nope");
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: "not found" });
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const refused = await app().request("/health", { method });
      expect(refused.status).toBe(405);
      expect(refused.headers.get("Allow")).toBe("GET, HEAD");
    }
    const head = await app().request("/metrics", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
  });

  test("a failure of ours shows nothing of it", async () => {
    const broken = agentHealth("a", {
      ready: () => {
        throw new Error("at /home/secret/file.ts");
      },
    });
    const response = await app([broken]).request("/ready");
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: "internal error" });
  });
});
