import { closest } from "../../base/did-you-mean.ts";
import { UsageError } from "../../base/errors.ts";
import type { Port } from "../ort/types.ts";
import { shapeText } from "../ort/values.ts";
import type { InputSpec } from "./types.ts";

/** `--input-shape`: dimensions for the input of this name, or for the only one. */
export interface InputShape {
  name?: string;
  dims: number[];
}

/** 8 GiB of float32: more is a slip of the keyboard. */
const MAX_ELEMENTS = 2 ** 31;

/** Reads `images:1,3,640,640`, or `1,3,640,640` for the only input; names may hold colons. Throws a UsageError. */
export function parseInputShape(text: string): InputShape {
  const colon = text.lastIndexOf(":");
  const dims = text
    .slice(colon + 1)
    .split(/[,x×]/)
    .map((part) => (/^\s*\d{1,10}\s*$/.test(part) ? Number(part) : 0));
  if (dims.includes(0)) {
    throw new UsageError(`"${text}" is no input shape`, {
      where: "--input-shape",
      hint: "Expected whole numbers above 0: 1,3,640,640, or with the input's name: images:1,3,640,640.",
    });
  }
  if (dims.reduce((product, dim) => product * dim, 1) > MAX_ELEMENTS) {
    throw new UsageError(`"${text}" has more than ${MAX_ELEMENTS} elements`, { where: "--input-shape" });
  }
  return colon < 0 ? { dims } : { name: text.slice(0, colon), dims };
}

/**
 * The inputs with all dimensions chosen: by the shapes given, else by the model. A first dimension that the model leaves
 * open is the batch, 1. Throws a UsageError for what does not fit together.
 */
export function resolveInputs(ports: readonly Port[], shapes: readonly InputShape[]): InputSpec[] {
  const byName = new Map<string, readonly number[]>();
  for (const shape of shapes) {
    const name = nameFor(shape, ports);
    if (byName.has(name)) throw wrong(`two shapes for input "${name}"`);
    byName.set(name, shape.dims);
  }
  return ports.map((port) => {
    const given = byName.get(port.name);
    const dims = given === undefined ? chosenByModel(port, ports) : chosenByUser(port, given);
    return { name: port.name, type: port.type, dims };
  });
}

function nameFor({ name, dims }: InputShape, ports: readonly Port[]): string {
  const names = ports.map((port) => port.name);
  if (name === undefined) {
    if (names.length === 1) return names[0]!;
    throw wrong(`the model has ${names.length} inputs, and the shape ${dims.join(",")} names none`, {
      hint: `Give one for each: ${names.map((each) => `--input-shape ${each}:…`).join(" ")}`,
    });
  }
  if (names.includes(name)) return name;
  const near = closest(name, names);
  throw wrong(`the model has no input "${name}"`, {
    hint: near === undefined ? `It has ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

const wrong = (message: string, more: { hint?: string } = {}) =>
  new UsageError(message, { where: "--input-shape", ...more });

/** ONNX Runtime tells [] for a rank that is not known too, and 0 for what older exporters left open. */
function chosenByUser({ name, dims }: Port, given: readonly number[]): readonly number[] {
  const fits =
    dims.length === 0 ||
    (dims.length === given.length &&
      dims.every((dim, i) => typeof dim !== "number" || dim <= 0 || dim === given[i]));
  if (fits) return given;
  throw wrong(`input "${name}" takes ${shapeText(dims)}, not ${shapeText(given)}`);
}

function chosenByModel({ name, dims }: Port, ports: readonly Port[]): number[] {
  const chosen = dims.map((dim, i) => (typeof dim === "number" && dim > 0 ? dim : i === 0 ? 1 : undefined));
  const complete = chosen.filter((dim) => dim !== undefined);
  if (complete.length === chosen.length) return complete;
  const prefix = ports.length === 1 ? "" : `${name}:`;
  const example = chosen.map((dim) => dim ?? "…").join(",");
  throw wrong(`the model leaves the size of input "${name}" open: ${shapeText(dims)}`, {
    hint: `Choose it: --input-shape ${prefix}${example}`,
  });
}
