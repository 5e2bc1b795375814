import { METHODS } from "../../models/calibrate/types.ts";
import { TARGET_NAMES } from "../../models/targets/index.ts";
import { PRECISIONS } from "../../models/targets/types.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";

/** What the input is, and how images become it. */
export const inputOptions = {
  "input-shape": {
    type: "string",
    value: "SHAPE",
    multiple: true,
    description:
      "Dimensions that the model leaves open: 1,3,640,640, or name:1,3,640,640; for each input that needs it",
  },
  preprocess: {
    type: "string",
    value: "HOW",
    description:
      'How images become the input: imagenet, yolo, zero-one, raw, a JSON file, or JSON as {"preset": "imagenet", "resize": "stretch"}; default: guessed',
    completes: "file",
  },
  labels: {
    type: "string",
    value: "NAMES",
    description:
      "Classes in the model's order: a file with one in each line, or a,b,c; default: folders, sorted by name",
    completes: "file",
  },
} as const satisfies OptionSpecs;

export const precisionOptions = {
  precision: {
    type: "string",
    value: "PRECISION",
    description: "What the layers compute in",
    choices: PRECISIONS,
    default: "int8",
  },
  "calibration-data": {
    type: "string",
    value: "PATH",
    description: "Typical inputs, 100 to 500: a folder, a glob pattern, .npy, .npz, or IDX; needed for int8",
    completes: "file",
  },
  "calibration-method": {
    type: "string",
    value: "METHOD",
    description: "How the range of an activation is taken from what it was",
    choices: METHODS,
    default: "mse",
  },
  percentile: {
    type: "number",
    value: "PERCENT",
    description: "With the method percentile: how much of the values is kept; default: 99.999",
    min: 50,
    max: 100,
  },
  recalibrate: {
    type: "boolean",
    description: "Run the calibration data again, though an earlier run over the same is kept",
  },
  samples: {
    type: "number",
    value: "N",
    description: "Calibrate with so many, chosen by chance, always the same",
    min: 1,
    whole: true,
    default: 300,
  },
  exclude: {
    type: "string",
    value: "LAYER",
    multiple: true,
    description: "Leave this node, or all of this operator, in float; * stands for any characters",
  },
  only: {
    type: "string",
    value: "LAYER",
    multiple: true,
    description:
      "Quantize these layers only; '*' is all, the first one for pictures too, which is otherwise left in float as it costs most accuracy",
  },
  "weight-bits": {
    type: "number",
    value: "BITS",
    description: "With int8-weights: 8, or 4 in blocks for matrix products; default: 8",
    min: 4,
    max: 8,
    whole: true,
  },
  "block-size": {
    type: "number",
    value: "N",
    description:
      "With int8-weights: weights with a scale each, a power of 2 from 16; default: a scale a channel, 32 for 4 bits",
    min: 16,
    whole: true,
  },
} as const satisfies OptionSpecs;

export const testOptions = {
  "test-data": {
    type: "string",
    value: "PATH",
    description: "What both models are tried on, as --calibration-data; one folder a class gives the labels",
    completes: "file",
  },
  "test-samples": { type: "number", value: "N", description: "At most so many of it", min: 1, whole: true },
  tolerance: {
    type: "number",
    value: "PERCENT",
    description: "What may be lost: accuracy where there are labels, else difference of the outputs",
    min: 0,
    max: 100,
    default: 1,
  },
  confidence: {
    type: "number",
    value: "SCORE",
    description: "Boxes below this score do not count as found; default: by the kind of detector",
    min: 0,
    max: 1,
  },
  agreement: {
    type: "number",
    value: "PERCENT",
    description:
      "Detectors: share of the boxes that both models have to find, overlapping by half or more; default: mAP and the boxes found decide, within --tolerance",
    min: 0,
    max: 100,
  },
  runs: {
    type: "number",
    value: "N",
    description: "Runs that the latency is taken from; 0: do not measure it",
    min: 0,
    max: 100_000,
    whole: true,
    default: 100,
  },
} as const satisfies OptionSpecs;

/** Where the model may be PyTorch's. */
export const trustOption = {
  "trust-model": {
    type: "boolean",
    description: "Let a PyTorch file run the code that it holds, which may do anything that you may",
  },
} as const satisfies OptionSpecs;

export const threadOption = {
  threads: {
    type: "number",
    value: "N",
    description: "Threads of ONNX Runtime; default: all processors",
    min: 1,
    max: 1024,
    whole: true,
  },
} as const satisfies OptionSpecs;

export const targetOption = {
  target: {
    type: "string",
    short: "t",
    value: "TARGET",
    description: "Where it is to run; 'deploy-model list' tells of each",
    choices: TARGET_NAMES,
    default: "cpu",
  },
} as const satisfies OptionSpecs;
