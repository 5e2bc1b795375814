import { basename, relative } from "node:path";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { InputSpec } from "../data/types.ts";
import type { LayerReport } from "../quantize/types.ts";
import { jsonRatio } from "../report/format.ts";
import { RESULT_FORMAT, type Result } from "../report/result-schema.ts";
import { withoutTimes } from "../report/without-times.ts";
import type { Artifact, Precision } from "../targets/types.ts";
import type { Calibrated } from "./calibration.ts";
import type { Source } from "./source.ts";
import type { CalibrationRequest } from "./types.ts";

/** What the steps have shown, to be told as one value. */
export interface Outcome {
  program: Result["program"];
  source: Source;
  /** As the user named it: what was exported to ONNX first. */
  modelFile: string;
  target: string;
  machine: string | undefined;
  precision: Precision;
  inputs: readonly InputSpec[];
  how: Preprocessing;
  /** Why this preprocessing, where nobody said it. */
  guessed: string | undefined;
  /** Whether what was built was run where it is to run. */
  onDevice: boolean;
  calibration: (Calibrated & { request: CalibrationRequest }) | undefined;
  layers: readonly LayerReport[];
  /** Signal to noise of what the layers give, dB, by their names; of some, or of none. */
  noise: ReadonlyMap<string, number>;
  mixed: Result["mixed"];
  artifact: Artifact;
  /** Final folder, and the one it was built in. */
  folder: string;
  staging: string;
  validation: Result["validation"];
  worst: Result["worst"];
  warnings: readonly string[];
  times: Result["steps"];
}

export function resultOf(outcome: Outcome): Result {
  const { source, artifact, calibration, mixed, validation, machine } = outcome;
  return {
    format: RESULT_FORMAT,
    program: outcome.program,
    source: sourceOf(source, outcome.modelFile),
    target: {
      name: outcome.target,
      ...(machine !== undefined && { machine }),
      versions: { ...artifact.versions },
      ...(artifact.kernels && { kernels: artifact.kernels }),
      ...(!outcome.onDevice && { onDevice: false }),
    },
    precision: outcome.precision,
    inputs: outcome.inputs.map(({ name, type, dims }) => ({ name, type, dims: [...dims] })),
    preprocessing: outcome.how,
    ...(outcome.guessed !== undefined && { preprocessingGuessed: outcome.guessed }),
    ...(calibration && { calibration: calibrationOf(calibration) }),
    layers: outcome.layers.map((layer) => layerOf(layer, outcome.noise.get(layer.name))),
    ...(mixed && { mixed }),
    artifact: artifactOf(outcome),
    ...(validation && { validation: outcome.onDevice ? validation : withoutTimes(validation) }),
    worst: outcome.worst,
    warnings: [...outcome.warnings],
    steps: [...outcome.times],
  };
}

function sourceOf({ sha256, bytes, facts }: Source, modelFile: string): Result["source"] {
  const { opset, producer, nodes, parameters, inputs, outputs } = facts;
  const ports = (all: Source["facts"]["inputs"]) =>
    all.map(({ name, type, dims }) => ({ name, type, dims: dims.map((dim) => dim ?? null) }));
  return {
    file: basename(modelFile),
    sha256,
    bytes,
    opset,
    producer,
    nodes,
    parameters,
    inputs: ports(inputs),
    outputs: ports(outputs),
  };
}

function calibrationOf({
  samples,
  calibration,
  request,
}: NonNullable<Outcome["calibration"]>): NonNullable<Result["calibration"]> {
  return {
    method: request.method,
    ...(request.percentile !== undefined && { percentile: request.percentile }),
    samples: calibration.samples,
    digest: samples.digest,
    skipped: [...samples.skipped],
    findings: calibration.findings,
  };
}

function layerOf(
  { name, opType, precision, reason, weights }: LayerReport,
  noise: number | undefined,
): Result["layers"][number] {
  return {
    name,
    operator: opType,
    precision,
    ...(reason !== undefined && { reason }),
    ...(noise !== undefined && { outputSqnr: jsonRatio(noise) }),
    ...(weights && {
      sqnr: jsonRatio(weights.sqnr),
      elements: weights.elements,
      deadChannels: weights.deadChannels,
    }),
  };
}

function artifactOf({ artifact, folder, staging }: Outcome): Result["artifact"] {
  return {
    folder: basename(folder),
    files: artifact.files.map(({ path, bytes, sha256 }) => ({
      path: relative(staging, path),
      sha256,
      bytes,
    })),
    bytes: artifact.files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
