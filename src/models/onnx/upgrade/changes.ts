import {
  countParts,
  dropRatio,
  dropSpatial,
  legacyCoordinates,
  legacyRoi,
  notPossible,
  renameGridModes,
  renameScatter,
  sayTraining,
  softmaxOverTheRest,
  upsampleToResize,
} from "./adapters.ts";
import {
  axisToInput,
  boundsToInputs,
  countToInput,
  integersToInput,
  padToInputs,
  scalesToInput,
  sliceToInputs,
} from "./move-to-input.ts";
import type { OperatorChange, Rewrite } from "./types.ts";

/** Earlier models broadcast by an attribute, in ways that no exporter has written since 2018. */
export const OLDEST_OPSET = 7;
/** As far as this table goes. Newer models are read, and left at their version. */
export const NEWEST_OPSET = 21;

const change = (operator: string, since: number, rewrite: Rewrite): OperatorChange => ({
  operator,
  since,
  adapt(node, context) {
    rewrite(node, context);
    return [node];
  },
});

const axesToInput = integersToInput("axes", 1);

/**
 * Every change of the default domain between opset 7 and 21 that gives a node another meaning or form (ONNX,
 * Changelog.md). New optional attributes and more types are no such changes.
 */
export const CHANGES: readonly OperatorChange[] = [
  change("Upsample", 9, scalesToInput),
  change("BatchNormalization", 9, dropSpatial),
  change("Scan", 9, notPossible("Scan had a batch axis of its own before opset 9")),
  change("Slice", 10, sliceToInputs),
  change("TopK", 10, countToInput),
  change("Upsample", 10, upsampleToResize),
  change("Resize", 11, legacyCoordinates),
  change("Pad", 11, padToInputs),
  change("Clip", 11, boundsToInputs),
  change("Scatter", 11, renameScatter),
  change("Dropout", 12, dropRatio),
  { operator: "Softmax", since: 13, adapt: softmaxOverTheRest },
  { operator: "LogSoftmax", since: 13, adapt: softmaxOverTheRest },
  { operator: "Hardmax", since: 13, adapt: softmaxOverTheRest },
  change("Squeeze", 13, axesToInput),
  change("Unsqueeze", 13, axesToInput),
  change("Split", 13, integersToInput("split", 1)),
  change("ReduceSum", 13, axesToInput),
  change("BatchNormalization", 14, sayTraining),
  change("RoiAlign", 16, legacyRoi),
  ...["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"].map((kind) =>
    change(`Reduce${kind}`, 18, axesToInput),
  ),
  change("Split", 18, countParts),
  change("DFT", 20, axisToInput),
  change("GridSample", 20, renameGridModes),
  change(
    "GroupNormalization",
    21,
    notPossible("its scale and bias were given for groups, not channels, before opset 21"),
  ),
];

/** The least IR version for an opset (ONNX, Versioning.md). */
export const irVersionFor = (opset: number): number => {
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  if (opset >= 15) return 8;
  return opset >= 12 ? 7 : 6;
};
