import { ERROR_CODES } from "../protocol/errors.ts";
import type { Metrics } from "../runtime/ports/metrics.ts";
import type { Instruments } from "./instruments.ts";

/** Models and tools come from the config, or from an MCP server: a limit, lest one of these fills the memory. */
const MAX_NAMES = 100;
const OTHER = "other";

const OUTCOMES = ["answered", "forwarded", "budget", ...ERROR_CODES] as const;
const REASONS = ["retained", "wrong_topic", "duplicate", "unreadable", "invalid"] as const;

/** A counter refuses what is no amount, and nothing here may throw. */
const amount = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

/** What one agent counts. Each series is looked up once, and those that are known stand at 0 from the start. */
export function agentMetrics(instruments: Instruments, agent: string): Metrics {
  const { received, dropped, started, finished, published } = instruments;
  const own = {
    received: received.labels({ agent }),
    started: started.labels({ agent }),
    seconds: instruments.taskSeconds.labels({ agent }),
  };
  own.received.inc(0);
  own.started.inc(0);
  const outcomes = byName(OUTCOMES, (outcome) => finished.labels({ agent, outcome }));
  const reasons = byName(REASONS, (reason) => dropped.labels({ agent, reason }));
  const kinds = byName(["reply", "forward"], (kind) => published.labels({ agent, kind }));
  const model = limited((name) => modelSeries(instruments, agent, name));
  const tool = limited((name) => toolSeries(instruments, agent, name));

  return {
    received: () => own.received.inc(),
    dropped: (reason) => reasons[reason].inc(),
    started: () => own.started.inc(),
    finished(outcome, seconds) {
      outcomes[outcome].inc();
      own.seconds.observe(amount(seconds));
    },
    modelCall(name, outcome, seconds) {
      model(name)[outcome].inc();
      model(name).seconds.observe(amount(seconds));
    },
    tokens(name, input, output) {
      model(name).input.inc(amount(input));
      model(name).output.inc(amount(output));
    },
    costUsd: (name, usd) => model(name).cost.inc(amount(usd)),
    toolCall(name, outcome, seconds) {
      tool(name)[outcome].inc();
      tool(name).seconds.observe(amount(seconds));
    },
    published: (kind) => kinds[kind].inc(),
  };
}

function modelSeries({ modelCalls, modelSeconds, tokens, cost }: Instruments, agent: string, model: string) {
  const of = { agent, model };
  return {
    ok: modelCalls.labels({ ...of, outcome: "ok" }),
    error: modelCalls.labels({ ...of, outcome: "error" }),
    seconds: modelSeconds.labels(of),
    input: tokens.labels({ ...of, direction: "input" }),
    output: tokens.labels({ ...of, direction: "output" }),
    cost: cost.labels(of),
  };
}

function toolSeries({ toolCalls, toolSeconds }: Instruments, agent: string, tool: string) {
  const of = { agent, tool };
  return {
    ok: toolCalls.labels({ ...of, outcome: "ok" }),
    error: toolCalls.labels({ ...of, outcome: "error" }),
    seconds: toolSeconds.labels(of),
  };
}

function byName<N extends string, S extends { inc(by?: number): void }>(
  names: readonly N[],
  make: (name: N) => S,
): Record<N, S> {
  const series = Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, S>;
  for (const name of names) series[name].inc(0);
  return series;
}

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
