import type { Feeds } from "../ort/types.ts";
import { batchOf, firstOfBatch } from "./batch.ts";
import type { Box } from "./boxes.ts";
import { type Classification, classesOf, type SampleClasses, tallyClasses } from "./classification.ts";
import { type Detection, type SampleBoxes, tallyDetections } from "./detection.ts";
import { type SampleDifference, scaleOf } from "./differences.ts";
import { findHead, whyNoHead } from "./heads/index.ts";
import { checkComparable, type OutputComparison, tallyOutputs } from "./outputs.ts";

/** One sample, as far as a comparison needs it. */
export interface LabelledSample {
  feeds: Feeds;
  /** Names it in reports: the file it was read from. */
  file: string;
  /** Of its class. */
  label?: string;
  /** Boxes known to be in it; an empty list is known to have none. */
  boxes?: readonly Box[];
}

/** What one sample shows of the difference. */
export interface SampleReport {
  file: string;
  /** Largest root mean square difference of any output, as a share of that output's range over all samples. */
  difference: number;
  /** Least of any output; 1 without outputs to compare. */
  cosine: number;
  classes?: SampleClasses;
  boxes?: SampleBoxes;
}

export interface Comparison {
  outputs: OutputComparison[];
  classification: Classification | undefined;
  detection: Detection | undefined;
  samples: SampleReport[];
  /** Undefined for a detector. */
  noDetector: NoDetector | undefined;
}

/** What a detector's truth and options are, where none was recognised. */
export interface NoDetector {
  /** In a clause. */
  why: string;
  /** Samples whose boxes are known, and of no use. */
  boxed: number;
}

export interface ComparisonOptions {
  /** All labels of the data, in the order of the model's classes. */
  labels?: readonly string[] | undefined;
  /** Boxes below this score do not count as found; default: what is usual for the kind of detector. */
  confidence?: number | undefined;
  /** Of the deployed model, for errors. */
  name: string;
}

export interface Comparing {
  /** Throws a ModelFileError where the outputs cannot be compared. */
  add(sample: LabelledSample, baseline: Feeds, deployed: Feeds): void;
  result(): Comparison;
}

/** Compares two models sample by sample; what the first sample gives decides what kind of model it is. */
export function startComparison(
  sample: LabelledSample,
  outputs: Feeds,
  options: ComparisonOptions,
): Comparing {
  const { labels, confidence, name } = options;
  const batch = batchOf(sample.feeds);
  const head = findHead(sample.feeds, firstOfBatch(outputs, batch));
  const tally = tallyOutputs(batch === 1 ? head : undefined);
  const classes = head ? undefined : classifierOf(firstOfBatch(outputs, batch), labels);
  const noDetector = head ? undefined : { why: whyNoHead(sample.feeds, outputs), boxed: 0 };
  const detections = head && tallyDetections(head, confidence);
  const seen: Seen[] = [];
  return {
    add({ file, label, boxes }, baseline, deployed) {
      checkComparable(baseline, deployed, name, head !== undefined && head.suppress === undefined);
      const report: Seen = { file, differences: tally.add(baseline, deployed) };
      const [b, d] = [firstOfBatch(baseline, batch), firstOfBatch(deployed, batch)];
      if (classes) report.classes = classes.tally.add(b[classes.output]!, d[classes.output]!, label);
      if (detections) report.boxes = detections.add(b, d, boxes);
      if (noDetector && boxes) noDetector.boxed++;
      seen.push(report);
    },
    result() {
      const compared = tally.result();
      return {
        outputs: compared,
        classification: classes?.tally.result(),
        detection: detections?.result(),
        samples: seen.map((sample) => reportOf(sample, compared)),
        noDetector,
      };
    },
  };
}

/** The first output that could be scores of classes. */
function classifierOf(outputs: Feeds, labels: readonly string[] | undefined) {
  for (const [output, { type, dims }] of Object.entries(outputs)) {
    const count = type.startsWith("float") || type === "double" ? classesOf(dims) : undefined;
    if (count !== undefined) return { output, tally: tallyClasses(output, count, labels) };
  }
  return undefined;
}

interface Seen {
  file: string;
  differences: Map<string, SampleDifference>;
  classes?: SampleClasses;
  boxes?: SampleBoxes;
}

function reportOf(
  { file, differences, classes, boxes }: Seen,
  outputs: readonly OutputComparison[],
): SampleReport {
  const scales = new Map(
    outputs.map(({ name, differences: all }) => [name, all ? scaleOf(all.range.min, all.range.max) : 1]),
  );
  let [difference, cosine] = [0, 1];
  for (const [name, one] of differences) {
    difference = Math.max(difference, one.rootMeanSquare / scales.get(name)!);
    cosine = Math.min(cosine, one.cosine);
  }
  return { file, difference, cosine, ...(classes && { classes }), ...(boxes && { boxes }) };
}
