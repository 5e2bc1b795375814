import { ERROR_CODES } from "../protocol/errors.ts";
import type { Metrics } from "../runtime/ports/metrics.ts";
import type { Instruments } from "./instruments.ts";
import { type CounterSeries, type HistogramSeries, observe } from "./tally.ts";

/** Models and tools come from the config, or from an MCP server: a limit, lest one of these fills the memory. */
const MAX_NAMES = 100;
const OTHER = "other";

const OUTCOMES = ["answered", "forwarded", "budget", ...ERROR_CODES] as const;
const REASONS = ["retained", "wrong_topic", "duplicate", "unreadable", "invalid"] as const;

/** What is no amount would spoil a series for ever. */
const amount = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);
const increment = (series: CounterSeries, by = 1): void => {
  series.value += amount(by);
};
const time = (series: HistogramSeries, seconds: number): void => observe(series, amount(seconds));

/** What one agent counts. Each series is looked up once, and those that are known stand at 0 from the start. */
export function agentMetrics(instruments: Instruments, agent: string): Metrics {
  const received = instruments.received.series({ agent });
  const started = instruments.started.series({ agent });
  const taskSeconds = instruments.taskSeconds.series({ agent });
  const outcomes = byName(OUTCOMES, (outcome) => instruments.finished.series({ agent, outcome }));
  const reasons = byName(REASONS, (reason) => instruments.dropped.series({ agent, reason }));
  const kinds = byName(["reply", "forward"], (kind) => instruments.published.series({ agent, kind }));
  const model = limited((name) => modelSeries(instruments, agent, name));
  const tool = limited((name) => toolSeries(instruments, agent, name));

  return {
    received: () => increment(received),
    dropped: (reason) => increment(reasons[reason]),
    started: () => increment(started),
    finished(outcome, seconds) {
      increment(outcomes[outcome]);
      time(taskSeconds, seconds);
    },
    modelCall(name, outcome, seconds) {
      const series = model(name);
      increment(series[outcome]);
      time(series.seconds, seconds);
    },
    tokens(name, input, output) {
      const series = model(name);
      increment(series.input, input);
      increment(series.output, output);
    },
    costUsd: (name, usd) => increment(model(name).cost, usd),
    toolCall(name, outcome, seconds) {
      const series = tool(name);
      increment(series[outcome]);
      time(series.seconds, seconds);
    },
    published: (kind) => increment(kinds[kind]),
  };
}

function modelSeries({ modelCalls, modelSeconds, tokens, cost }: Instruments, agent: string, model: string) {
  const of = { agent, model };
  return {
    ok: modelCalls.series({ ...of, outcome: "ok" }),
    error: modelCalls.series({ ...of, outcome: "error" }),
    seconds: modelSeconds.series(of),
    input: tokens.series({ ...of, direction: "input" }),
    output: tokens.series({ ...of, direction: "output" }),
    cost: cost.series(of),
  };
}

function toolSeries({ toolCalls, toolSeconds }: Instruments, agent: string, tool: string) {
  const of = { agent, tool };
  return {
    ok: toolCalls.series({ ...of, outcome: "ok" }),
    error: toolCalls.series({ ...of, outcome: "error" }),
    seconds: toolSeconds.series(of),
  };
}

const byName = <N extends string>(names: readonly N[], series: (name: N) => CounterSeries) =>
  Object.fromEntries(names.map((name) => [name, series(name)])) as Record<N, CounterSeries>;

/** One series a name, and one for all names beyond the limit. */
function limited<S>(make: (name: string) => S): (name: string) => S {
  const known = new Map<string, S>();
  return (name) => {
    const key = known.has(name) || known.size < MAX_NAMES ? name : OTHER;
    let series = known.get(key);
    if (series === undefined) {
      series = make(key);
      known.set(key, series);
    }
    return series;
  };
}
