import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { decide } from "../decision/decide.ts";
import { GIB } from "../requirements/units.ts";
import { type Case, inventoryOf, needOf } from "./cases.fixture.ts";

/** One serving process as vLLM logged it; GiB a GPU. */
export interface Observation extends Omit<Case, "expect"> {
  weights: number;
  activations?: number;
  besides?: number;
  room?: number;
  tokens?: number;
  concurrency?: number;
  starts?: boolean;
  aside?: string;
}

/** A figure of ours beside the published one. */
export interface Figure {
  what: "weights" | "without the cache" | "room for the cache" | "tokens in that room";
  ours: number;
  published: number;
  /** The part by which it may differ. */
  part: number;
}

export interface Compared extends Observation {
  figures: Figure[];
  starting: boolean;
}

export const observations: Observation[] = parse(
  readFileSync(join(import.meta.dir, "observed.yaml"), "utf8"),
);

/** Our estimate for the same model, arguments, GPU and release. */
export function compare(one: Observation): Compared {
  const [model] = decide([needOf(one)], inventoryOf(one)).models;
  const needs = model?.requirements;
  if (needs === undefined) throw new Error(`${one.name}: no estimate`);
  const { weights, activations, besides, room, tokens } = one;
  const ours = (...terms: (keyof typeof needs & ("weights" | "activations" | "overhead"))[]): number =>
    terms.reduce((sum, term) => sum + needs[term].bytes, 0) / GIB;
  const figures: Figure[] = [{ what: "weights", ours: ours("weights"), published: weights, part: 0.01 }];
  if (activations !== undefined && besides !== undefined)
    figures.push({
      what: "without the cache",
      ours: ours("weights", "activations", "overhead"),
      published: weights + activations + besides,
      part: 0.1,
    });
  if (room !== undefined && room > 0 && one.starts !== false)
    figures.push({ what: "room for the cache", ours: needs.kvRoom / GIB, published: room, part: 0.1 });
  if (room !== undefined && tokens !== undefined)
    figures.push({
      what: "tokens in that room",
      ours: (room * GIB) / needs.kvBytesPerToken,
      published: tokens,
      part: 0.01,
    });
  return { ...one, figures, starting: needs.margin >= 0 };
}

const number = (value: number): string => (value >= 1000 ? value.toFixed(0) : value.toFixed(2));

const percent = ({ ours, published }: Figure): string => {
  const value = (ours / published - 1) * 100;
  const size = Math.abs(value).toFixed(1);
  return size === "0.0" ? "0.0 %" : `${value < 0 ? "−" : "+"}${size} %`;
};

/** The table of the documentation: estimate against what was published. */
export function table(rows: readonly Compared[]): string {
  const cell = (row: Compared, what: Figure["what"]): string => {
    const figure = row.figures.find((one) => one.what === what);
    if (figure === undefined) return "";
    return `${number(figure.ours)} / ${number(figure.published)} (${percent(figure)})`;
  };
  const line = (row: Compared): string => {
    const name = row.aside === undefined ? row.name : `${row.name} *`;
    const cells = [name, `${row.gpus}, ${row.vllm}`];
    const what = ["weights", "without the cache", "room for the cache"] as const;
    return `| ${[...cells, ...what.map((one) => cell(row, one))].join(" | ")} |`;
  };
  return [
    "| | GPUs, vLLM | weights | all but the cache | room for the cache |",
    "|---|---|---|---|---|",
    ...rows.map(line),
  ].join("\n");
}
