import type { OnnxModel } from "../onnx/types.ts";
import type { Artifact } from "../targets/types.ts";
import type { Runner } from "../validate/runner.ts";
import type { Calibrated, DataFacts } from "./calibration.ts";
import type { Made } from "./precision.ts";
import type { Source } from "./source.ts";
import type { Steps } from "./steps.ts";
import type { DeployRequest, PipelineDeps } from "./types.ts";

/** One deployment on its way: what its steps hand on. */
export interface Deployment {
  request: DeployRequest;
  deps: PipelineDeps;
  steps: Steps;
  source: Source;
  /** The model as it is calibrated and quantized. */
  prepared: OnnxModel;
  data: DataFacts;
  /** The model as it was given, by ONNX Runtime on this machine. */
  baseline: Runner;
  calibrated: Calibrated | undefined;
  /** The folder that is filled. */
  staging: string;
}

/** A model in its precision, and what the target made of it. */
export interface Built {
  made: Made;
  artifact: Artifact;
}
