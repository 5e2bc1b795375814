import type { Feeds } from "../ort/types.ts";
import type { Runner } from "./runner.ts";

/** Milliseconds of single runs, one after the other. */
export interface Latency {
  runs: number;
  /** Runs before those, which are not counted. */
  warmUp: number;
  p50: number;
  p90: number;
  p99: number;
  mean: number;
  least: number;
  most: number;
  /** Runs a second, one at a time: 1000 / mean. */
  perSecond: number;
  /** Of every run, in the order of time. */
  times: readonly number[];
}

export interface LatencyPlan {
  /** Counted runs of each; default: 100. */
  runs?: number;
  /** Uncounted runs of each before them; default: 20. */
  warmUp?: number;
}

/** The runners take turns this many times, so that a machine that slows down or wakes up does so for all. */
const ROUNDS = 10;

/** Times each runner with the same values; the results stand in the order of the runners. */
export async function measureLatency(
  runners: readonly Runner[],
  feeds: Feeds,
  { runs = 100, warmUp = 20 }: LatencyPlan = {},
  signal?: AbortSignal,
): Promise<Latency[]> {
  const times = runners.map((): number[] => []);
  const rounds = Math.min(ROUNDS, runs);
  for (let round = 0; round < rounds; round++) {
    const plan = { runs: shareOf(runs, round, rounds), warmUp: shareOf(warmUp, round, rounds) };
    for (const [i, runner] of runners.entries())
      times[i]!.push(...(await timed(runner, feeds, plan, signal)));
  }
  return times.map((all) => latencyOf(all, warmUp));
}

/** Its share of `count` when that is dealt out to the rounds, the first ones first. */
const shareOf = (count: number, round: number, rounds: number): number =>
  Math.floor(count / rounds) + (round < count % rounds ? 1 : 0);

async function timed(
  runner: Runner,
  feeds: Feeds,
  plan: { runs: number; warmUp: number },
  signal: AbortSignal | undefined,
): Promise<number[]> {
  if (runner.time) return runner.time(feeds, plan, signal);
  const times: number[] = [];
  for (let i = 0; i < plan.warmUp + plan.runs; i++) {
    signal?.throwIfAborted();
    const { ms } = await runner.run(feeds);
    if (i >= plan.warmUp) times.push(ms);
  }
  return times;
}

/** `times`: one or more. */
export function latencyOf(times: readonly number[], warmUp: number): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  return {
    runs: times.length,
    warmUp,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p99: percentile(sorted, 99),
    mean,
    least: sorted[0]!,
    most: sorted.at(-1)!,
    perSecond: 1000 / mean,
    times,
  };
}

/** The value below which `p` percent of the sorted values lie, interpolated between neighbours (NumPy's default). */
export function percentile(sorted: readonly number[], p: number): number {
  const at = ((sorted.length - 1) * p) / 100;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at % 1);
}

/** Whether the means of both lie further apart than two standard errors of their difference (Welch's, for unequal variances). */
export function meansDiffer(first: readonly number[], second: readonly number[]): boolean {
  const [a, b] = [meanOf(first), meanOf(second)];
  return Math.abs(a.mean - b.mean) > 2 * Math.sqrt(a.squaredError + b.squaredError);
}

/** The squared error is infinite, or NaN, for less than two values: then nothing differs. */
function meanOf(values: readonly number[]): { mean: number; squaredError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, squaredError: squares / (values.length - 1) / values.length };
}
