import type { MetricValue } from "prom-client";
import type { AgentHealth } from "../runtime/ports/health.ts";
import { average, histogramOf, quantile } from "./histogram-data.ts";
import type { Instruments } from "./instruments.ts";

/** Durations in ms. */
interface ToolStats {
  name: string;
  executions: number;
  failures: number;
  avg_execution_time_ms: number;
  success_rate: number;
}

/** `/metrics` as the peer implementation has it, with the fields that are known here; over all agents of the process. */
export interface PeerMetrics {
  tasks: {
    tasks_received: number;
    tasks_processing: number;
    tasks_completed: number;
    tasks_failed: number;
    tasks_rejected: number;
    avg_processing_time_ms: number;
    /** Percentiles are read off the histogram: within a bucket they are interpolated. */
    processing_time_p50_ms: number;
    processing_time_p95_ms: number;
    processing_time_p99_ms: number;
  };
  mqtt: { connected: boolean; messages_published: number; messages_received: number };
  tools: {
    tool_stats: Record<string, ToolStats>;
    total_executions: number;
    total_failures: number;
    avg_execution_time_ms: number;
  };
  lifecycle: { current_state: "ready" | "not_ready"; uptime_seconds: number };
  /** Seconds since 1970. */
  timestamp: number;
}

type Values = MetricValue<string>[];

const COMPLETED = new Set<unknown>(["answered", "forwarded", "budget"]);

/** `now`: ms since 1970. */
export async function peerMetrics(
  instruments: Instruments,
  agents: readonly AgentHealth[],
  now: number,
): Promise<PeerMetrics> {
  const values = async (name: keyof Instruments): Promise<Values> => (await instruments[name].get()).values;
  const [received, dropped, finished, published, running, connected] = await Promise.all(
    (["received", "dropped", "finished", "published", "running", "connected"] as const).map(values),
  );
  const times = histogramOf(await values("taskSeconds"));
  const startedAt = Math.min(now, ...agents.map((agent) => agent.startedAt));
  return {
    tasks: {
      tasks_received: sum(received!),
      tasks_processing: sum(running!),
      tasks_completed: sum(finished!, ({ labels }) => COMPLETED.has(labels["outcome"])),
      tasks_failed: sum(finished!, ({ labels }) => !COMPLETED.has(labels["outcome"])),
      tasks_rejected: sum(dropped!),
      avg_processing_time_ms: ms(average(times)),
      processing_time_p50_ms: ms(quantile(times, 0.5)),
      processing_time_p95_ms: ms(quantile(times, 0.95)),
      processing_time_p99_ms: ms(quantile(times, 0.99)),
    },
    mqtt: {
      connected: connected!.length > 0 && connected!.every(({ value }) => value === 1),
      messages_published: sum(published!),
      messages_received: sum(received!),
    },
    tools: toolMetrics(await values("toolCalls"), await values("toolSeconds")),
    lifecycle: {
      current_state: agents.every((agent) => agent.ready()) ? "ready" : "not_ready",
      uptime_seconds: Math.floor((now - startedAt) / 1000),
    },
    timestamp: Math.floor(now / 1000),
  };
}

function toolMetrics(calls: Values, seconds: Values): PeerMetrics["tools"] {
  const failed = ({ labels }: Values[number]) => labels["outcome"] === "error";
  const of = (values: Values, name: unknown) => values.filter(({ labels }) => labels["tool"] === name);
  const names = [...new Set(calls.map(({ labels }) => String(labels["tool"])))];
  const stats = names.map((name): ToolStats => {
    const executions = sum(of(calls, name));
    const failures = sum(of(calls, name), failed);
    return {
      name,
      executions,
      failures,
      avg_execution_time_ms: ms(average(histogramOf(of(seconds, name)))),
      success_rate: executions === 0 ? 0 : (executions - failures) / executions,
    };
  });
  return {
    tool_stats: Object.fromEntries(stats.map((tool) => [tool.name, tool])),
    total_executions: sum(calls),
    total_failures: sum(calls, failed),
    avg_execution_time_ms: ms(average(histogramOf(seconds))),
  };
}

const ms = (seconds: number): number => Math.round(seconds * 1e6) / 1e3;
const sum = (values: Values, where: (value: Values[number]) => boolean = () => true): number =>
  values.reduce((total, value) => (where(value) ? total + value.value : total), 0);
