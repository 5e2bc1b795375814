import { ModelFileError } from "../onnx/model-error.ts";
import type { DataType } from "../onnx/types.ts";
import type { Feeds, Value } from "../ort/types.ts";
import { shapeText } from "../ort/values.ts";
import { type Differences, type SampleDifference, tallyDifferences } from "./differences.ts";
import type { Head } from "./heads/types.ts";
import { type Numbers, numbersOf } from "./numbers.ts";

/** One quantity that both models give: an output, or a part of one that mixes several. */
export interface OutputComparison {
  name: string;
  type: DataType;
  /** Undefined for text. */
  differences: Differences | undefined;
  /** What is held against the tolerance: of floats the normalised difference, of all else the share that is not equal. */
  disagreement: number;
  /** Whether `disagreement` is the normalised difference. */
  ofRange: boolean;
}

export interface OutputTally {
  /** Of each quantity of numbers in one sample, by name. */
  add(baseline: Feeds, deployed: Feeds): Map<string, SampleDifference>;
  result(): OutputComparison[];
}

/** Throws where two runs of the same values do not give the same kind of values: then another model was deployed. */
export function checkComparable(baseline: Feeds, deployed: Feeds, name: string, mayVary: boolean): void {
  for (const [output, expected] of Object.entries(baseline)) {
    const found = Object.hasOwn(deployed, output) ? deployed[output] : undefined;
    if (found === undefined) {
      throw new ModelFileError(`the deployed model has no output "${output}"`, {
        where: name,
        hint: `It has ${Object.keys(deployed).join(", ")}.`,
      });
    }
    if (mayVary || sameDims(expected, found)) continue;
    throw new ModelFileError(
      `output "${output}" is ${shapeText(expected.dims)} in the baseline and ${shapeText(found.dims)} in the deployed model`,
      { where: name, hint: "Was it built from another model, or for another input shape?" },
    );
  }
}

const sameDims = (a: Value, b: Value): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, i) => dim === b.dims[i]);

const FRACTIONS: ReadonlySet<DataType> = new Set(["float", "double", "float16"]);

/** Compares outputs quantity by quantity. Boxes that a model suppressed and sorted itself have no fellow by place: none. */
export function tallyOutputs(head: Head | undefined): OutputTally {
  const tallies = new Map<string, QuantityTally>();
  return {
    add(baseline, deployed) {
      const differences = new Map<string, SampleDifference>();
      const fellows = quantitiesOf(deployed, head);
      for (const [name, quantity] of quantitiesOf(baseline, head)) {
        const tally = tallies.get(name) ?? tallyQuantity(name, quantity.type);
        tallies.set(name, tally);
        const difference = tally.add(quantity.values, fellows.get(name)!.values);
        if (difference) differences.set(name, difference);
      }
      return differences;
    },
    result: () => [...tallies.values()].map((tally) => tally.result()),
  };
}

interface Quantity {
  type: DataType;
  values: Numbers | string[];
}

function quantitiesOf(outputs: Feeds, head: Head | undefined): Map<string, Quantity> {
  if (head && head.suppress === undefined) return new Map();
  const parts = head?.parts?.(outputs) ?? [];
  const split = new Set(parts.map(({ output }) => output));
  const whole = Object.entries(outputs).filter(([name]) => !split.has(name));
  return new Map<string, Quantity>([
    ...parts.map(({ name, output, values }) => [name, { type: outputs[output]!.type, values }] as const),
    ...whole.map(([name, value]) => [name, { type: value.type, values: elementsOf(value) }] as const),
  ]);
}

const elementsOf = (value: Value): Numbers | string[] =>
  Array.isArray(value.data) ? value.data : numbersOf(value)!;

interface QuantityTally {
  add(baseline: Numbers | string[], deployed: Numbers | string[]): SampleDifference | undefined;
  result(): OutputComparison;
}

function tallyQuantity(name: string, type: DataType): QuantityTally {
  const numbers = tallyDifferences();
  const counts = { elements: 0, equal: 0 };
  return {
    add(baseline, deployed) {
      if (!Array.isArray(baseline) && !Array.isArray(deployed)) {
        counts.elements += baseline.length;
        return numbers.add(baseline, deployed);
      }
      counts.elements += baseline.length;
      for (let i = 0; i < baseline.length; i++) if (baseline[i] === deployed[i]) counts.equal++;
      return undefined;
    },
    result() {
      const differences = type === "string" ? undefined : numbers.result();
      const equal = counts.equal + (differences?.equal ?? 0);
      const unequal = counts.elements === 0 ? 0 : 1 - equal / counts.elements;
      const ofRange = FRACTIONS.has(type);
      return { name, type, differences, disagreement: ofRange ? differences!.normalised : unequal, ofRange };
    },
  };
}
