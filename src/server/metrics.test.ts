import { describe, expect, test } from "bun:test";
import { agentHealth } from "./agent-health.fixture.ts";
import { type Family, readExposition } from "./exposition.fixture.ts";
import { createMetrics, type MetricsRegistry } from "./metrics.ts";

/** One of everything. */
function worked(metrics: MetricsRegistry, agentId = "a"): void {
  const agent = metrics.forAgent(agentId);
  agent.received();
  agent.received();
  agent.dropped("duplicate");
  agent.started();
  agent.finished("answered", 1.5);
  agent.finished("llm_error", 40);
  agent.modelCall("gpt-4o", "ok", 0.7);
  agent.modelCall("gpt-4o", "error", 0.1);
  agent.tokens("gpt-4o", 100, 20);
  agent.costUsd("gpt-4o", 0.25);
  agent.toolCall("web_search", "ok", 0.3);
  agent.toolCall("web_search", "error", 0.5);
  agent.published("reply");
}

const value = (families: Map<string, Family>, name: string, labels: Record<string, string> = {}) =>
  families
    .get(name.replace(/_(sum|count|bucket)$/, "")!)
    ?.samples.find((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v))
    ?.value ??
  families.get(name)?.samples.find((s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v))?.value;

describe("Prometheus text", () => {
  test("is read without complaint by a strict parser, and says what was counted", async () => {
    const metrics = createMetrics();
    worked(metrics);
    const families = readExposition(await metrics.text([agentHealth("a")]));
    const counted = {
      agent2389_messages_received_total: 2,
      agent2389_task_duration_seconds_count: 2,
      agent2389_task_duration_seconds_sum: 41.5,
      agent2389_cost_usd_total: 0.25,
      agent2389_tasks_waiting: 3,
      agent2389_tasks_running: 2,
      agent2389_outbox_messages: 1,
      agent2389_mqtt_connected: 1,
      agent2389_ready: 1,
    };
    for (const [name, expected] of Object.entries(counted)) {
      expect([name, value(families, name, { agent: "a" })]).toEqual([name, expected]);
    }
    expect(value(families, "agent2389_tasks_total", { outcome: "answered" })).toBe(1);
    expect(value(families, "agent2389_tasks_total", { outcome: "llm_error" })).toBe(1);
    expect(value(families, "agent2389_tokens_total", { direction: "output" })).toBe(20);
    expect(value(families, "agent2389_tool_calls_total", { tool: "web_search", outcome: "error" })).toBe(1);
    expect(value(families, "agent2389_messages_dropped_total", { reason: "duplicate" })).toBe(1);
    expect(metrics.contentType).toStartWith("text/plain; version=0.0.4");
  });

  test("tells of the process", async () => {
    const families = readExposition(await createMetrics().text([]));
    expect(value(families, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(value(families, "process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(value(families, "process_start_time_seconds")).toBeCloseTo(
      Date.now() / 1000 - process.uptime(),
      0,
    );
    expect(value(families, "agent2389_event_loop_lag_seconds")).toBeGreaterThanOrEqual(0);
    expect(families.get("agent2389_build_info")!.samples[0]!.labels["version"]).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("series that are known stand at 0 before anything happened", async () => {
    const metrics = createMetrics();
    metrics.forAgent("a");
    const families = readExposition(await metrics.text([]));
    expect(families.get("agent2389_tasks_total")!.samples.map(({ labels }) => labels["outcome"])).toContain(
      "budget",
    );
    expect(families.get("agent2389_tasks_total")!.samples.every((sample) => sample.value === 0)).toBe(true);
  });

  test("label values are escaped", async () => {
    const metrics = createMetrics();
    const name = 'a "quoted"\\ name\nof two lines, {curly}';
    metrics.forAgent("a").toolCall(name, "ok", 1);
    const families = readExposition(await metrics.text([]));
    expect(value(families, "agent2389_tool_calls_total", { tool: name })).toBe(1);
  });

  test("names beyond the limit are counted together", async () => {
    const metrics = createMetrics();
    const agent = metrics.forAgent("a");
    for (let i = 0; i < 1000; i++) agent.toolCall(`tool-${i}`, "ok", 1);
    agent.toolCall("tool-0", "ok", 1);
    const calls = readExposition(await metrics.text([])).get("agent2389_tool_calls_total")!.samples;
    expect(new Set(calls.map(({ labels }) => labels["tool"])).size).toBe(101);
    expect(calls.find(({ labels }) => labels["tool"] === "other")!.value).toBe(900);
    expect(calls.find(({ labels }) => labels["tool"] === "tool-0")!.value).toBe(2);
  });

  test("values that are no amounts neither throw nor spoil the series", async () => {
    const metrics = createMetrics();
    const agent = metrics.forAgent("a");
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      agent.finished("answered", bad);
      agent.tokens("m", bad, bad);
      agent.costUsd("m", bad);
    }
    const families = readExposition(await metrics.text([]));
    expect(value(families, "agent2389_cost_usd_total")).toBe(0);
    expect(value(families, "agent2389_task_duration_seconds_sum")).toBe(0);
  });

  test("an agent that cannot tell its gauges is left out, and the rest is told", async () => {
    const metrics = createMetrics();
    const broken = agentHealth("broken", { gauges: () => Promise.reject(new Error("closed")) });
    await metrics.text([agentHealth("broken"), agentHealth("well")]);
    const families = readExposition(await metrics.text([broken, agentHealth("well")]));
    const agents = (name: string) => families.get(name)!.samples.map(({ labels }) => labels["agent"]);
    expect(agents("agent2389_tasks_waiting")).toEqual(["well"]);
    expect(agents("agent2389_ready")).toEqual(["broken", "well"]);
  });

  const promtool = Bun.which("promtool");
  test.skipIf(!promtool)("promtool finds nothing to object to", async () => {
    const metrics = createMetrics();
    worked(metrics);
    const text = await metrics.text([agentHealth("a")]);
    const check = Bun.spawnSync([promtool!, "check", "metrics"], { stdin: Buffer.from(text) });
    expect(check.stderr.toString() + check.stdout.toString()).toBe("");
    expect(check.exitCode).toBe(0);
  });
});

describe("the peer's JSON", () => {
  test("adds up all agents", async () => {
    const metrics = createMetrics();
    worked(metrics, "a");
    worked(metrics, "b");
    expect(await metrics.json([agentHealth("a"), agentHealth("b")], 1_060_500)).toEqual({
      tasks: {
        tasks_received: 4,
        tasks_processing: 4,
        tasks_completed: 2,
        tasks_failed: 2,
        tasks_rejected: 2,
        avg_processing_time_ms: 20_750,
        processing_time_p50_ms: 2_500, // both 1.5 s: the upper end of their bucket, 1 to 2.5 s
        processing_time_p95_ms: 57_000,
        processing_time_p99_ms: 59_400,
      },
      mqtt: { connected: true, messages_published: 2, messages_received: 4 },
      tools: {
        tool_stats: {
          web_search: {
            name: "web_search",
            executions: 4,
            failures: 2,
            avg_execution_time_ms: 400,
            success_rate: 0.5,
          },
        },
        total_executions: 4,
        total_failures: 2,
        avg_execution_time_ms: 400,
      },
      lifecycle: { current_state: "ready", uptime_seconds: 60 },
      timestamp: 1060,
    });
  });

  test("before anything happened, nothing is divided by nothing", async () => {
    const { tasks, tools, mqtt } = await createMetrics().json([], 5_000);
    expect(tasks.avg_processing_time_ms).toBe(0);
    expect(tasks.processing_time_p99_ms).toBe(0);
    expect(tools.total_executions).toBe(0);
    expect(mqtt.connected).toBe(false);
  });
});
