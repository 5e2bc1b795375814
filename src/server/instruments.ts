import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";
import { createCounter, createHistogram, type Tally } from "./tally.ts";

/** Seconds: from a tool that answers at once to a task that runs into its time limit. */
const DURATIONS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export type Instruments = ReturnType<typeof createInstruments>;

/** Every metric of the program (https://prometheus.io/docs/practices/naming): base units, `_total` on counters. */
export function createInstruments(registry: Registry) {
  const registered = <S>(tally: Tally<S>): Tally<S> => {
    registry.registerMetric(tally);
    return tally;
  };
  const counter = (name: string, help: string) => registered(createCounter(`agent2389_${name}`, help));
  const histogram = (name: string, help: string) =>
    registered(createHistogram(`agent2389_${name}`, help, DURATIONS));
  const gauge = (name: string, help: string) =>
    new Gauge<"agent">({ name: `agent2389_${name}`, help, labelNames: ["agent"], registers: [registry] });

  return {
    received: counter("messages_received_total", "Messages that came in on the input topic."),
    dropped: counter("messages_dropped_total", "Messages that were not worked, by reason."),
    started: counter("tasks_started_total", "Attempts at tasks that were begun."),
    finished: counter("tasks_total", "Tasks that were worked to their end, by outcome."),
    taskSeconds: histogram("task_duration_seconds", "Time from the start of an attempt to its end."),
    modelCalls: counter("model_calls_total", "Calls of language models, by outcome."),
    modelSeconds: histogram("model_call_duration_seconds", "Time that a call of a language model took."),
    tokens: counter("tokens_total", "Tokens read (input) and written (output) by language models."),
    cost: counter("cost_usd_total", "US dollars that language models cost, where their prices are known."),
    toolCalls: counter("tool_calls_total", "Calls of tools, by outcome."),
    toolSeconds: histogram("tool_call_duration_seconds", "Time that a call of a tool took."),
    published: counter("published_total", "Replies and forwarded tasks that the broker took over."),

    ready: gauge("ready", "1 when the agent takes tasks, else 0."),
    connected: gauge("mqtt_connected", "1 when the agent is connected to its broker, else 0."),
    waiting: gauge("tasks_waiting", "Accepted tasks that wait for their turn."),
    running: gauge("tasks_running", "Tasks that are being worked."),
    outbox: gauge("outbox_messages", "Messages that the broker has not taken over yet."),
  };
}
