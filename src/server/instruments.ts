import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import type Registry from "prom-client/lib/registry.js";

/** Seconds: from a tool that answers at once to a task that runs into its time limit. */
const DURATIONS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export type Instruments = ReturnType<typeof createInstruments>;

/** Every metric of the program (https://prometheus.io/docs/practices/naming): base units, `_total` on counters. */
export function createInstruments(registry: Registry) {
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L | "agent">({
      name: `agent2389_${name}`,
      help,
      labelNames: ["agent", ...labelNames],
      registers: [registry],
    });
  const gauge = (name: string, help: string) =>
    new Gauge<"agent">({ name: `agent2389_${name}`, help, labelNames: ["agent"], registers: [registry] });
  const histogram = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Histogram<L | "agent">({
      name: `agent2389_${name}`,
      help,
      labelNames: ["agent", ...labelNames],
      buckets: DURATIONS,
      registers: [registry],
    });

  return {
    received: counter("messages_received_total", "Messages that came in on the input topic."),
    dropped: counter("messages_dropped_total", "Messages that were not worked, by reason.", "reason"),
    started: counter("tasks_started_total", "Attempts at tasks that were begun."),
    finished: counter("tasks_total", "Tasks that were worked to their end, by outcome.", "outcome"),
    taskSeconds: histogram("task_duration_seconds", "Time from the start of an attempt to its end."),
    modelCalls: counter("model_calls_total", "Calls of language models, by outcome.", "model", "outcome"),
    modelSeconds: histogram(
      "model_call_duration_seconds",
      "Time that a call of a language model took.",
      "model",
    ),
    tokens: counter(
      "tokens_total",
      "Tokens read (input) and written (output) by language models.",
      "model",
      "direction",
    ),
    cost: counter(
      "cost_usd_total",
      "US dollars that language models cost, where their prices are known.",
      "model",
    ),
    toolCalls: counter("tool_calls_total", "Calls of tools, by outcome.", "tool", "outcome"),
    toolSeconds: histogram("tool_call_duration_seconds", "Time that a call of a tool took.", "tool"),
    published: counter("published_total", "Replies and forwarded tasks that the broker took over.", "kind"),

    ready: gauge("ready", "1 when the agent takes tasks, else 0."),
    connected: gauge("mqtt_connected", "1 when the agent is connected to its broker, else 0."),
    waiting: gauge("tasks_waiting", "Accepted tasks that wait for their turn."),
    running: gauge("tasks_running", "Tasks that are being worked."),
    outbox: gauge("outbox_messages", "Messages that the broker has not taken over yet."),
  };
}
