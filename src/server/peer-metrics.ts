import type { AgentHealth } from "../runtime/ports/health.ts";
import { average, histogramOf, quantile } from "./histogram-data.ts";
import type { Instruments } from "./instruments.ts";
import type { CounterSeries, HistogramSeries, Labels } from "./tally.ts";

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

type Counts = Iterable<CounterSeries>;
type Told = Awaited<ReturnType<AgentHealth["gauges"]>>;

const COMPLETED = new Set<unknown>(["answered", "forwarded", "budget"]);
const isCompleted = ({ labels }: CounterSeries): boolean => COMPLETED.has(labels["outcome"]);

/** `gauges`: what the agents that can tell say at this moment. `now`: ms since 1970. */
export function peerMetrics(
  instruments: Instruments,
  agents: readonly AgentHealth[],
  gauges: readonly Told[],
  now: number,
): PeerMetrics {
  const { received, dropped, finished, published, toolCalls, toolSeconds } = instruments;
  const times = histogramOf(instruments.taskSeconds.all());
  const startedAt = Math.min(now, ...agents.map((agent) => agent.startedAt));
  return {
    tasks: {
      tasks_received: sum(received.all()),
      tasks_processing: gauges.reduce((total, { running }) => total + running, 0),
      tasks_completed: sum(finished.all(), isCompleted),
      tasks_failed: sum(finished.all(), (series) => !isCompleted(series)),
      tasks_rejected: sum(dropped.all()),
      avg_processing_time_ms: ms(average(times)),
      processing_time_p50_ms: ms(quantile(times, 0.5)),
      processing_time_p95_ms: ms(quantile(times, 0.95)),
      processing_time_p99_ms: ms(quantile(times, 0.99)),
    },
    mqtt: {
      connected: gauges.length > 0 && gauges.every(({ connected }) => connected),
      messages_published: sum(published.all()),
      messages_received: sum(received.all()),
    },
    tools: toolMetrics([...toolCalls.all()], [...toolSeconds.all()]),
    lifecycle: {
      current_state: agents.every((agent) => agent.ready()) ? "ready" : "not_ready",
      uptime_seconds: Math.floor((now - startedAt) / 1000),
    },
    timestamp: Math.floor(now / 1000),
  };
}

function toolMetrics(calls: CounterSeries[], seconds: HistogramSeries[]): PeerMetrics["tools"] {
  const failed = ({ labels }: CounterSeries) => labels["outcome"] === "error";
  const names = [...new Set(calls.map(({ labels }) => labels["tool"] ?? ""))];
  const stats = names.map((name): ToolStats => {
    const own = ({ labels }: { labels: Labels }) => labels["tool"] === name;
    const executions = sum(calls.filter(own));
    const failures = sum(calls.filter(own), failed);
    return {
      name,
      executions,
      failures,
      avg_execution_time_ms: ms(average(histogramOf(seconds.filter(own)))),
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

function sum(counts: Counts, where: (series: CounterSeries) => boolean = () => true): number {
  let total = 0;
  for (const series of counts) if (where(series)) total += series.value;
  return total;
}
