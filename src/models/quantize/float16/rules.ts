/** Operators that stay in float32, and why; the reason is told to the user. */
const REASONS: readonly [why: string, operators: string][] = [
  [
    "sums of many values lose their last bits in float16",
    "ReduceSum ReduceMean ReduceProd ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp CumSum",
  ],
  ["it divides by a sum of powers", "Softmax LogSoftmax Hardmax"],
  [
    "a mean and a variance are taken in it",
    "BatchNormalization InstanceNormalization LayerNormalization GroupNormalization RMSNormalization LRN LpNormalization MeanVarianceNormalization",
  ],
  ["its result leaves the range of float16 soon", "Exp Pow Log Reciprocal Softplus Sinh Cosh Tan"],
  [
    "it works out places and counts, which float16 has to the 2048th only",
    "Range NonMaxSuppression RoiAlign MaxRoiPool GridSample AffineGrid TopK Mod",
  ],
  [
    "it makes numbers of its own",
    "RandomNormal RandomUniform RandomNormalLike RandomUniformLike Multinomial Bernoulli",
  ],
  ["it carries a state from step to step", "LSTM GRU RNN"],
  ["its steps are complex numbers", "DFT STFT MelWeightMatrix HannWindow HammingWindow BlackmanWindow"],
];

const SENSITIVE: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(([why, operators]) => operators.split(" ").map((operator) => [operator, why] as const)),
);

export const sensitivityOf = (operator: string): string | undefined => SENSITIVE.get(operator);

/** Operators that move elements only: they take the precision of what they are given. */
export const MOVERS: ReadonlySet<string> = new Set(
  `Concat DepthToSpace Expand Flatten Gather GatherElements GatherND Identity MaxPool Pad Reshape Slice SpaceToDepth Split
  Squeeze Tile Transpose Unsqueeze`.split(/\s+/),
);

/** Operators that take floats of any precision and give something else, or what they are told to. */
export const NEUTRAL: ReadonlySet<string> = new Set(["Cast", "Shape", "Size"]);

/** Inputs that are float32 whatever the data is (ONNX, Operators.md). */
const FLOAT32_INPUTS: ReadonlyMap<string, readonly number[]> = new Map([
  ["Resize", [1, 2]],
  ["Upsample", [1]],
]);

export const staysFloat32 = (operator: string, input: number): boolean =>
  FLOAT32_INPUTS.get(operator)?.includes(input) ?? false;

/** The greatest finite float16. */
export const GREATEST = 65504;
/** How far a scale may be from what it was, as a share of the greatest of them: less than an eighth of a step. */
export const SCALE_TOLERANCE = 2 ** -10;
/** The least float16 above zero: a scale may not be zero. */
export const LEAST = 2 ** -24;
/** Inputs that calibration has not seen may reach this much further. */
export const HEADROOM = 2;
