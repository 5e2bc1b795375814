import type { Precision, TensorRtOptions } from "../types.ts";
import { trtexecName } from "./names.ts";
import { atLeast, type TensorRtVersion, TYPED_SINCE } from "./version.ts";

/** Dimensions of the inputs that have open ones, by name. */
export type OpenShapes = ReadonlyMap<string, readonly number[]>;

export interface BuildCall {
  modelFile: string;
  engineFile: string;
  timingCacheFile: string;
  /** Gets what became of each layer. */
  layersFile: string;
  precision: Precision;
  shapes: OpenShapes;
  options: TensorRtOptions;
}

/** Arguments of trtexec that build an engine from a model which says its precision itself. */
export function buildArguments(version: TensorRtVersion, call: BuildCall): string[] {
  return [
    `--onnx=${call.modelFile}`,
    `--saveEngine=${call.engineFile}`,
    `--timingCacheFile=${call.timingCacheFile}`,
    `--exportLayerInfo=${call.layersFile}`,
    "--profilingVerbosity=detailed",
    ...precisionArguments(version, call.precision),
    // 8.6 renamed it.
    atLeast(version, 8, 6) ? "--skipInference" : "--buildOnly",
    ...builderArguments(call.options, call.shapes),
  ];
}

/** What the builder is told besides, the same for all versions. */
export const builderArguments = (
  { workspaceMiB, dlaCore, level }: TensorRtOptions,
  shapes: OpenShapes,
): string[] => [
  ...(workspaceMiB === undefined ? [] : [`--memPoolSize=workspace:${workspaceMiB}`]),
  ...(level === undefined ? [] : [`--builderOptimizationLevel=${level}`]),
  ...(dlaCore === undefined ? [] : [`--useDLACore=${dlaCore}`, "--allowGPUFallback"]),
  ...["min", "opt", "max"].flatMap((bound) => shapeArguments(`${bound}Shapes`, shapes)),
];

/**
 * Up to 9 the builder must be allowed what the model asks for. 10 takes the model's word for it (strong typing), and 11
 * knows nothing else (TensorRT, "Migrating from TensorRT 10 to 11").
 */
function precisionArguments(version: TensorRtVersion, precision: Precision): string[] {
  if (atLeast(version, 11)) return [];
  return atLeast(version, TYPED_SINCE) ? ["--stronglyTyped"] : allowedPrecisions(precision);
}

/** Of a version that is not strongly typed. */
export function allowedPrecisions(precision: Precision): string[] {
  if (precision === "int8") return ["--int8", "--fp16"];
  return precision === "fp16" ? ["--fp16"] : [];
}

export interface RunCall {
  engineFile: string;
  /** Files of raw values by input, relative to where trtexec is started. */
  inputs: ReadonlyMap<string, string>;
  shapes: OpenShapes;
  iterations: number;
  outputFile: string;
  timesFile: string;
}

/** Arguments of trtexec that run an engine on given values, so many times and no more. */
export function runArguments({
  engineFile,
  inputs,
  shapes,
  iterations,
  outputFile,
  timesFile,
}: RunCall): string[] {
  const loaded = [...inputs].map(([name, file]) => `${trtexecName(name)}:${file}`);
  return [
    `--loadEngine=${engineFile}`,
    `--loadInputs=${loaded.join(",")}`,
    ...shapeArguments("shapes", shapes),
    `--iterations=${iterations}`,
    "--warmUp=0",
    "--duration=0",
    "--useSpinWait",
    `--exportOutput=${outputFile}`,
    `--exportTimes=${timesFile}`,
  ];
}

export const shapeArguments = (option: string, shapes: OpenShapes): string[] =>
  shapes.size === 0
    ? []
    : [
        `--${option}=${[...shapes].map(([name, dims]) => `${trtexecName(name)}:${dims.join("x")}`).join(",")}`,
      ];
