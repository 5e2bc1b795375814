import type { Mosquitto } from "../test/peers/mosquitto.ts";
import type { Programs } from "./programs.ts";
import type { Row } from "./stats.ts";

/** What a part of the benchmark works with. */
export interface Bench {
  programs: Programs;
  broker: Mosquitto;
  /** Fewer rounds. */
  quick: boolean;
}

/** A part of the benchmark: measures, and says what came of it. */
export type Part = (bench: Bench) => Promise<Row[]>;

/** Both in turn, so that a machine whose speed drifts treats them alike. */
export async function inTurn(
  times: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<[number[], number[]]> {
  const [as, bs]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    as.push(await a());
    bs.push(await b());
  }
  return [as, bs];
}

/** ms from the start of a program to its end. */
export async function timed(command: string[]): Promise<number> {
  const begun = performance.now();
  await Bun.spawn(command, { stdout: "ignore", stderr: "ignore" }).exited;
  return performance.now() - begun;
}
