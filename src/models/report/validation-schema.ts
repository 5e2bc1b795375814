import * as z from "../../base/zod.ts";
import { CRITERIA } from "../validate/verdict.ts";

const share = (description: string) => z.described(z.number(), `${description}, a share of 1.`);
const count = (description?: string) =>
  description === undefined ? z.int() : z.described(z.int(), description);

/** null stands for what JSON cannot say: infinite, or not a number. */
const finite = (description: string) =>
  z.described(z.nullable(z.number()), `${description} null: not a finite number.`);

const latencySchema = () =>
  z.object({
    runs: count("That were counted, one after the other."),
    warmUp: count("Before those, not counted."),
    p50: z.described(z.number(), "Milliseconds, like all of these."),
    p90: z.number(),
    p99: z.number(),
    mean: z.number(),
    least: z.number(),
    most: z.number(),
    perSecond: z.described(z.number(), "1000 / mean."),
    times: z.described(z.array(z.number()), "Of every run, in the order of time."),
  });

const measurementsSchema = () =>
  z.object({
    name: z.string(),
    machine: z.string(),
    bytes: count("Of the model or engine, with external data."),
    latency: z.optional(latencySchema()),
    peakMemory: z.optional(
      z.object({
        peak: z.described(z.number(), "Most bytes resident, of a process that runs nothing else."),
        floor: z.described(z.number(), "Resident before the model was loaded."),
      }),
    ),
    deviceMemory: z.optional(
      count("Bytes of the device's memory that the engine has taken, as it tells itself."),
    ),
  });

const differencesSchema = () =>
  z.object({
    elements: count(),
    maxAbsolute: finite("max |d − b|."),
    meanAbsolute: finite("Σ|d − b| / n."),
    relative: finite("Σ|d − b| / Σ|b|."),
    cosine: z.object({ mean: z.number(), least: z.number() }),
    sqnr: finite("10·log₁₀(Σb² / Σ(d − b)²), dB."),
    normalised: finite("Root mean square difference as a share of the baseline's range."),
    range: z.object({ min: finite("Of the baseline."), max: finite("Of the baseline.") }),
    equal: count("Elements that are equal."),
    notFinite: z.object({ baseline: count(), deployed: count() }),
  });

const hits = () => z.object({ top1: share("Right at the first guess"), top5: z.optional(z.number()) });

const classificationSchema = () =>
  z.object({
    output: z.string(),
    classes: count(),
    samples: count(),
    top1Agreement: share("Samples of one class for both"),
    top5Agreement: z.optional(share("Samples whose baseline class is among the five best of the deployed")),
    accuracy: z.optional(
      z.object({
        samples: count("With a label."),
        baseline: hits(),
        deployed: hits(),
        drop: z.object({
          value: share("Top-1 lost"),
          low: share("Least, with 95 % confidence"),
          high: share("Most, with 95 % confidence"),
        }),
        chance: z.optional(share("What guessing gives")),
      }),
    ),
  });

const precision = () => z.object({ map50: z.number(), map: z.number() });

const detectionSchema = () =>
  z.object({
    head: z.string(),
    confidence: z.number(),
    baseline: count("Boxes that it found."),
    deployed: count("Boxes that it found."),
    matched: count("Pairs of one class that overlap by half or more."),
    agreement: share("2·matched / (baseline + deployed)"),
    crossed: z.optional(
      count("Boxes without a pair that the other model has with a score below the confidence."),
    ),
    crossedBy: z.optional(share("The largest difference of the scores of these")),
    close: z.optional(
      count("Of these, those whose scores differ by 0.1 or less: for the verdict, found by both."),
    ),
    overlap: z.optional(share("Mean intersection over union of the pairs")),
    againstBaseline: z.optional(precision()),
    againstTruth: z.optional(
      z.object({
        samples: count(),
        baseline: precision(),
        deployed: precision(),
        drop: z.number(),
        f1: z.optional(
          z.described(
            z.object({ baseline: z.number(), deployed: z.number() }),
            "Of the boxes found, against those known.",
          ),
        ),
      }),
    ),
  });

const sampleSchema = () =>
  z.object({
    file: z.string(),
    difference: finite("Root mean square, as a share of the output's range."),
    cosine: z.number(),
    classes: z.optional(
      z.object({
        baseline: z.optional(z.number()),
        deployed: z.optional(z.number()),
        label: z.optional(z.number()),
      }),
    ),
    boxes: z.optional(z.object({ baseline: count(), deployed: count(), matched: count() })),
  });

/** What validate/ measured, as JSON can say it. */
export const validationSchema = () =>
  z.object({
    verdict: z.object({
      passed: z.boolean(),
      criterion: z.enum(CRITERIA),
      value: finite("What was measured, a share of 1."),
      tolerance: share("What is allowed"),
      text: z.string(),
    }),
    baseline: measurementsSchema(),
    deployed: measurementsSchema(),
    speedUp: z.optional(z.described(z.number(), "Median of the baseline / median of the deployed.")),
    labels: z.optional(z.described(z.array(z.string()), "Names of the classes, in the model's order.")),
    outputs: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        disagreement: finite("What is held against the tolerance."),
        ofRange: z.described(z.boolean(), "Whether that is the normalised difference."),
        differences: z.optional(differencesSchema()),
      }),
    ),
    classification: z.optional(classificationSchema()),
    detection: z.optional(detectionSchema()),
    samples: z.array(sampleSchema()),
    skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
    notes: z.described(z.array(z.string()), "What to know before believing the figures."),
  });
export type ValidationResult = z.output<ReturnType<typeof validationSchema>>;
export type MeasurementsResult = ValidationResult["baseline"];
export type LatencyResult = NonNullable<MeasurementsResult["latency"]>;
export type SampleResult = ValidationResult["samples"][number];
