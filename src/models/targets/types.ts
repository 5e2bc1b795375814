import type { Env } from "../../base/env.ts";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import type { Ort } from "../ort/types.ts";
import type { QuantizationProfile } from "../quantize/types.ts";
import type { Runner } from "../validate/runner.ts";

/** What a model computes with; `int8-weights` keeps activations in float. */
export const PRECISIONS = ["fp32", "fp16", "int8", "int8-weights"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A device, or an engine on this machine, that models are deployed to: a value, without state. */
export interface ModelTarget {
  name: string;
  /** One line, without a full stop. */
  summary: string;
  /** What its artefacts are called in their folders; default: model.onnx, the model itself. */
  artifactFile?: string;
  /**
   * How an int8 model is to be quantized for it, on a machine like this. `version` is that of the engine, as `available` tells
   * it; undefined: not known, so for all versions.
   */
  profile(machine: Machine, version?: string): QuantizationProfile;
  /** Whether models can be built and run here: what is missing is an answer, no rejection. */
  available(world: World): Promise<Availability>;
  /** What it can do here; of a target that is not available, what it could. */
  capabilities(world: World): Promise<Capabilities>;
  /**
   * Makes what runs on the target from a model that says its precision itself (Q/DQ, float16 tensors), and writes it under
   * its name when it is complete. Rejects with a ModelFileError for a model that the target does not take, with the
   * signal's reason when that aborts; then nothing is left under the name.
   */
  build(modelFile: string, options: BuildOptions, world: World): Promise<Artifact>;
  /** Loads what was built. */
  runner(artifact: Artifact, options: RunOptions, world: World): Promise<Runner>;
}

export interface BuildOptions {
  precision: Precision;
  /** The file to write; its folder exists. May be the model's own, which then is only checked. */
  outFile: string;
  /** Dimensions by input, where the model leaves some open. */
  shapes?: ReadonlyMap<string, readonly number[]>;
  /** For the target jetson. */
  tensorrt?: TensorRtOptions | undefined;
  /** Gets lines about what is going on, for people. */
  onLine?: (line: string) => void;
}

/** What TensorRT's builder is told; undefined: its own defaults. */
export interface TensorRtOptions {
  /** Memory that a layer may use while it is computed. */
  workspaceMiB?: number | undefined;
  /** Layers that the deep learning accelerator of this number takes run there, the others on the GPU. */
  dlaCore?: number | undefined;
  /** builderOptimizationLevel, 0 to 5: how long it looks for faster kernels. */
  level?: number | undefined;
}

export interface RunOptions {
  /** Threads of this machine's processor; default: all. */
  threads?: number | undefined;
}

/** What was built. */
export interface Artifact {
  target: string;
  precision: Precision;
  /** The first is the one to load; weights may lie in others beside it. */
  files: readonly [ArtifactFile, ...ArtifactFile[]];
  /** What took part in the build, by name: "onnxruntime" → "1.30.0". */
  versions: Readonly<Record<string, string>>;
  /** What the engine made of the operators, where it tells. */
  kernels?: Kernels;
}

export interface ArtifactFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** How the operators of a graph are really computed, after the engine's own rewriting. */
export interface Kernels {
  /** Computed in integers. */
  integer: number;
  /** Layers (convolutions, matrix products) computed in floats of 32 bits. */
  float: number;
  /** The same in floats of 16 bits, where the engine tells. */
  half?: number | undefined;
  /** Left between the two: QuantizeLinear, DequantizeLinear and Cast. */
  conversions: number;
  /** All nodes, by operator. */
  operators: Readonly<Record<string, number>>;
}

export type Availability =
  | { available: true; version: string }
  | {
      available: false;
      /** As "there is no trtexec on this machine". */
      reason: string;
      hint: string;
    };

export interface Capabilities {
  precisions: readonly { precision: Precision; note: string }[];
  /** Name and value, for people. */
  facts: readonly (readonly [name: string, value: string])[];
}

/** The machine that this program runs on. */
export interface Machine {
  /** "NVIDIA Jetson Orin Nano", "AMD EPYC" */
  name: string;
  platform: string;
  arch: string;
  /** Threads that this process may run at the same time. */
  threads: number;
  /** Instruction sets, as Linux names them; empty where they cannot be told. */
  features: ReadonlySet<string>;
}

/** All of the world that targets touch. */
export interface World {
  machine: Machine;
  env: Env;
  /** Folder of this user for what can be made again. */
  cacheDir: string;
  signal: AbortSignal;
  /** ONNX Runtime, loaded when it is first asked for. */
  openOrt(): Promise<Ort>;
  runProgram(call: ProgramCall): Promise<ProgramResult>;
  /** The command line that starts this program, for work that is done in a process of its own. */
  self: readonly [command: string, ...args: string[]];
}
