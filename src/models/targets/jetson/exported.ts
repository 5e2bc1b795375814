import { ExpectedError } from "../../../base/errors.ts";
import { parseJson } from "../../../base/json.ts";
import * as z from "../../../base/zod.ts";
import { elementsFrom, isArrayType, isFraction } from "../../onnx/elements.ts";
import { countOf } from "../../onnx/tensor.ts";
import type { DataType } from "../../onnx/types.ts";
import type { Feeds, Value, ValueData } from "../../ort/types.ts";

/**
 * What trtexec writes by --exportOutput and --exportTimes (TensorRT, samples/common/sampleReporting.cpp: exportJSONOutput,
 * exportJSONTrace). It is almost JSON: values that are not finite stand there as C++ prints them.
 */

/** An output of the engine, with the type that the model gives it. */
export interface OutputPort {
  name: string;
  type: DataType;
}

/** zod's own numbers are finite; null stands for nan. */
const element = () =>
  z.custom<number | null>((value) => value === null || typeof value === "number", "expected a number");

const outputsSchema = () =>
  z.array(
    z.object({
      name: z.string(),
      dimensions: z.string(),
      values: z.array(element()),
    }),
  );

/** The outputs of the model in the file of --exportOutput. Throws an ExpectedError that says what is wrong with it. */
export function outputsIn(text: string, ports: readonly OutputPort[]): Feeds {
  const parsed = outputsSchema().safeParse(parseJson(finiteJson(text)));
  if (!parsed.success) throw unreadable("outputs", z.prettifyError(parsed.error));
  const byName = new Map(parsed.data.map((output) => [output.name, output]));
  return Object.fromEntries(
    ports.map(({ name, type }) => {
      const found = byName.get(name);
      if (!found) throw unreadable("outputs", `it has no "${name}", but ${[...byName.keys()].join(", ")}`);
      return [name, outputValue(found, type)];
    }),
  );
}

function outputValue(
  { name, dimensions, values }: { name: string; dimensions: string; values: (number | null)[] },
  type: DataType,
): Value {
  const dims = dimsOf(dimensions);
  if (dims === undefined || countOf(dims) !== values.length) {
    throw unreadable("outputs", `"${name}" has ${values.length} values, and dimensions "${dimensions}"`);
  }
  return {
    type,
    dims,
    data: elementsOf(
      type,
      values.map((value) => value ?? Number.NaN),
      name,
    ),
  };
}

/** `1x84x8400`; nothing for a scalar. */
function dimsOf(text: string): number[] | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "scalar") return [];
  return /^\d{1,9}(x\d{1,9}){0,7}$/.test(trimmed) ? trimmed.split("x").map(Number) : undefined;
}

function elementsOf(type: DataType, values: number[], name: string): ValueData {
  if (!isArrayType(type)) throw unreadable("outputs", `"${name}" is of type ${type}, which is not read here`);
  if (!isFraction(type) && !values.every(Number.isFinite))
    throw unreadable("outputs", `"${name}" is of type ${type}, and holds values that are no integers`);
  return elementsFrom(type, values);
}

/** `nan`, `-nan` and `inf` become what JSON can say, outside of names. */
function finiteJson(text: string): string {
  return text.replace(/"values"\s*:\s*\[[^\]["{]*\]/g, (list) =>
    list
      .replace(/-?nan(\(\w*\))?/gi, "null")
      .replace(/-?inf(inity)?/gi, (word) => (word.startsWith("-") ? "-1e999" : "1e999")),
  );
}

/** How long runs took. */
export interface Times {
  /** Milliseconds of each run, in order. */
  ms: number[];
  /** latency: with the copies to and from the device; compute: without them, where this version does not tell. */
  of: "latency" | "compute";
}

const finiteNumber = () => z.number().check(z.gte(0));

/**
 * The times in the file of --exportTimes. Names differ between versions: the latency is taken where it is told, or added
 * up from its parts, else the time of the computation alone.
 */
export function timesIn(text: string): Times {
  const parsed = z.array(z.record(z.string(), z.unknown())).safeParse(parseJson(text));
  if (!parsed.success) throw unreadable("times", "it is no list of runs");
  if (parsed.data.length === 0) throw unreadable("times", "it has no runs");
  for (const { of, read } of READINGS) {
    const ms = parsed.data.map(read);
    if (ms.every((value) => value !== undefined)) return { ms, of };
  }
  const fields = Object.keys(parsed.data[0]!).join(", ");
  throw unreadable("times", `none of its fields is known: ${fields === "" ? "there are none" : fields}`);
}

type Entry = Record<string, unknown>;
type Reading = (entry: Entry) => number | undefined;

const field = (entry: Entry, ...names: string[]): number | undefined => {
  for (const name of names) {
    const parsed = finiteNumber().safeParse(Object.hasOwn(entry, name) ? entry[name] : undefined);
    if (parsed.success) return parsed.data;
  }
  return undefined;
};

const span = (entry: Entry, start: string, end: string): number | undefined => {
  const [from, to] = [field(entry, start), field(entry, end)];
  return from === undefined || to === undefined || to < from ? undefined : to - from;
};

/** The field that says it, or the times between which it was. TensorRT 7 says in and out for h2d and d2h. */
const compute: Reading = (entry) =>
  field(entry, "computeMs") ?? span(entry, "startComputeMs", "endComputeMs");
const copyIn: Reading = (entry) => field(entry, "h2dMs", "inMs") ?? span(entry, "startH2dMs", "endH2dMs");
const copyOut: Reading = (entry) => field(entry, "d2hMs", "outMs") ?? span(entry, "startD2hMs", "endD2hMs");

const READINGS: readonly { of: Times["of"]; read: Reading }[] = [
  { of: "latency", read: (entry) => field(entry, "latencyMs") },
  {
    of: "latency",
    read: (entry) => {
      const parts = [copyIn, compute, copyOut].map((part) => part(entry));
      return parts.every((part) => part !== undefined)
        ? parts.reduce((sum, part) => sum + part, 0)
        : undefined;
    },
  },
  { of: "compute", read: compute },
];

const unreadable = (what: "outputs" | "times", why: string): ExpectedError =>
  new ExpectedError(`what trtexec wrote about ${what} cannot be read: ${why}`, {
    hint: "Report it with the output of trtexec --help: this version may write another form.",
  });
