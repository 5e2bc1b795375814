import { countOf } from "../onnx/tensor.ts";
import type { Value } from "../ort/types.ts";
import { type Accuracy, type Ranking, TOP, tallyAccuracy } from "./accuracy.ts";
import { labelIndex } from "./label-index.ts";
import { numbersOf } from "./numbers.ts";
import { largest } from "./ranking.ts";

/** Agreement on the class that a sample belongs to; shares are of 1. */
export interface Classification {
  output: string;
  classes: number;
  samples: number;
  /** Where the class with the greatest score is the same. */
  top1Agreement: number;
  /** Where the baseline's class is among the deployed's five best; undefined for five classes or fewer. */
  top5Agreement: number | undefined;
  /** Against labels, where there are some. */
  accuracy: Accuracy | undefined;
}

/** Of one sample, by number; undefined where no score is a number. */
export interface SampleClasses {
  baseline: number | undefined;
  deployed: number | undefined;
  label: number | undefined;
}

export interface ClassificationTally {
  /** `label`: as the data calls it. */
  add(baseline: Value, deployed: Value, label: string | undefined): SampleClasses;
  result(): Classification;
}

/** How many classes an output of these dimensions tells apart: [C], [1, C], [1, C, 1, 1]; undefined for others. */
export function classesOf(dims: readonly number[]): number | undefined {
  const classes = countOf(dims);
  return classes > 1 && (dims[0] === classes || dims[1] === classes) ? classes : undefined;
}

/** `labels`: all of the data, in the order of their classes. Throws where they do not match the model. */
export function tallyClasses(
  output: string,
  classes: number,
  labels: readonly string[] | undefined,
): ClassificationTally {
  const indexOf = labels && labelIndex(labels, classes);
  const accuracy = tallyAccuracy(classes);
  const counts = { samples: 0, top1: 0, top5: 0 };
  const share = (part: number) => part / Math.max(1, counts.samples);
  return {
    add(baseline, deployed, name) {
      const [b, d] = [rankingOf(baseline), rankingOf(deployed)];
      const label = name === undefined ? undefined : indexOf?.(name);
      counts.samples++;
      if (b[0] !== undefined && b[0] === d[0]) counts.top1++;
      if (b[0] !== undefined && d.includes(b[0])) counts.top5++;
      if (label !== undefined) accuracy.add(label, b, d);
      return { baseline: b[0], deployed: d[0], label };
    },
    result: () => ({
      output,
      classes,
      samples: counts.samples,
      top1Agreement: share(counts.top1),
      top5Agreement: classes > TOP ? share(counts.top5) : undefined,
      accuracy: accuracy.result(),
    }),
  };
}

function rankingOf(value: Value): Ranking {
  const numbers = numbersOf(value);
  return numbers ? largest(numbers, TOP) : [];
}
