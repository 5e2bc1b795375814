import type { Clock } from "../../base/clock.ts";
import type { Method } from "../calibrate/types.ts";
import type { InputShape } from "../data/input-shapes.ts";
import type { PreprocessingChoice } from "../data/preprocessing.ts";
import type { Selection } from "../quantize/types.ts";
import type { ModelTarget, Precision, TensorRtOptions, World } from "../targets/types.ts";

/** Which model is to be written in which precision, and for whose kernels. All paths are absolute. */
export interface QuantizeRequest {
  /** .onnx, or one of PyTorch's to be exported first. */
  modelFile: string;
  /** Whether a PyTorch model may run the code that it holds while it is loaded; default: no. */
  trustModel?: boolean;
  target: ModelTarget;
  precision: Precision;
  inputShapes?: readonly InputShape[];
  /** Undefined: guessed from the model, with a warning. */
  preprocessing?: PreprocessingChoice | undefined;
  /** Needed for int8. */
  calibration?: CalibrationRequest | undefined;
  /** Names of the classes, in the model's order. */
  labels?: readonly string[] | undefined;
  selection?: Selection;
  weights?: WeightRequest | undefined;
  threads?: number | undefined;
}

/** What is to be deployed. */
export interface DeployRequest extends QuantizeRequest {
  /** The folder that is to hold the artefact; one that holds an earlier artefact is replaced. */
  outFolder: string;
  /** Undefined: the deployed model is not held against the float one. */
  validation?: ValidationRequest | undefined;
  /** Whether layers may be left in float where the tolerance is missed; int8 only, with validation. Default: yes. */
  mixed?: boolean;
  /** For the target jetson. */
  tensorrt?: TensorRtOptions | undefined;
  /** Whether a bundle is written beside the model, for a device out of reach: see bundle/. */
  bundle?: boolean;
}

export interface CalibrationRequest {
  /** A file, a folder or a glob pattern. */
  path: string;
  /** At most so many of them. */
  samples: number;
  method: Method;
  /** For the method percentile: how much of the values is kept, in percent. */
  percentile?: number | undefined;
  /** Whether what an earlier run over the same data has seen is used; default: yes. */
  resume?: boolean;
}

export interface ValidationRequest {
  path: string;
  /** At most so many; default: all. */
  samples?: number | undefined;
  /** Share of 1. */
  tolerance: number;
  /** What mixed precision brings the loss down to, a share of 1; default: the tolerance. */
  maxDrop?: number | undefined;
  /** Boxes below this score do not count as found. */
  confidence?: number | undefined;
  /** Share of a detector's boxes that both models have to find; it then decides. */
  agreement?: number | undefined;
  /** Counted runs of each model for the latency; 0: it is not measured. */
  runs: number;
}

/** For int8-weights. */
export interface WeightRequest {
  bits: 4 | 8;
  blockSize?: number | undefined;
}

export const STEPS = [
  "export",
  "read",
  "calibrate",
  "quantize",
  "build",
  "validate",
  "bundle",
  "mix",
  "report",
] as const;
export type StepName = (typeof STEPS)[number];

/** What goes on, for whoever shows it. */
export type Progress =
  | { kind: "began"; step: StepName; text: string }
  /** Of samples, layers or tries. */
  | { kind: "count"; step: StepName; done: number; total: number }
  /** A line of a program that was called, or something worth knowing. */
  | { kind: "line"; step: StepName; text: string }
  | { kind: "done"; step: StepName; text: string; ms: number }
  | { kind: "warning"; text: string };

/** What the pipeline needs beside the request. */
export interface PipelineDeps {
  world: World;
  clock: Clock;
  /** Stands in manifests and reports. */
  program: { name: string; version: string };
  progress?: ((progress: Progress) => void) | undefined;
}
