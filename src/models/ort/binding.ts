import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { ExpectedError, toError } from "../../base/errors.ts";
import type { Elements } from "../onnx/elements.ts";
import { nativeFiles } from "./native-files.ts";
import { turnTelemetryOff } from "./no-telemetry.ts";
import { unpack } from "./unpack.ts";

/**
 * The native half of onnxruntime-node, without its JavaScript: that finds its library only beside itself, and does not
 * know float16 in Bun. As in its dist/binding.d.ts.
 */
export interface Binding {
  InferenceSession: new () => NativeSession;
  /** Makes the one environment of the process; more calls are for more threads. `Tensor` makes what `run` returns. */
  initOrtOnce(logLevel: number, Tensor: NativeTensorMaker, isMainThread: boolean): void;
}

export interface NativeSession {
  loadModel(file: string, options: object): void;
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  readonly inputMetadata: readonly NativePort[];
  readonly outputMetadata: readonly NativePort[];
  run(
    feeds: Record<string, NativeTensor>,
    fetches: Record<string, null>,
    options: object,
  ): Record<string, NativeTensor>;
  dispose(): void;
}

export interface NativePort {
  name: string;
  isTensor: boolean;
  /** TensorProto.DataType. */
  type: number;
  /** -1 for a dimension that is chosen at run time. */
  shape: readonly number[];
  symbolicDimensions: readonly string[];
}

export type NativeData = Exclude<Elements, Float16Array> | string[];

/** What the binding takes and gives; it makes them with `new`. */
export class NativeTensor {
  readonly location = "cpu";
  constructor(
    readonly type: string,
    /** float16 as Uint16Array: the binding reads no Float16Array. */
    readonly data: NativeData,
    readonly dims: readonly number[],
  ) {}
}

type NativeTensorMaker = new (type: string, data: NativeData, dims: readonly number[]) => NativeTensor;

/** Fatal alone (OrtLoggingLevel): what fails is thrown as well, and warnings are about ONNX Runtime's own doings. */
export const LOG_LEVEL = 4;

const BINDING = "onnxruntime_binding.node";

/** Loads ONNX Runtime into this thread; `cacheDir` takes the library that the compiled program carries. */
export async function loadBinding(cacheDir: string): Promise<Binding> {
  const files = nativeFiles();
  if (files === undefined) throw notHere();
  const folder = "folder" in files ? files.folder : await unpack(files.packed, files.digest, cacheDir);
  const file = join(folder, BINDING);
  if (!existsSync(file)) throw notHere();
  const binding = load(file);
  binding.initOrtOnce(LOG_LEVEL, NativeTensor, isMainThread);
  return binding;
}

function load(file: string): Binding {
  turnTelemetryOff();
  try {
    // Its library is found beside it ($ORIGIN, @loader_path), wherever the program is.
    return createRequire(import.meta.url)(file);
  } catch (thrown) {
    const { message } = toError(thrown);
    throw new ExpectedError(`ONNX Runtime cannot be loaded: ${message}`, {
      where: file,
      hint: hintFor(message),
      cause: thrown,
    });
  }
}

function hintFor(message: string): string {
  if (message.includes("libstdc++"))
    return "Install the C++ library: the package libstdc++6 (Debian, Ubuntu).";
  if (/GLIBC|ld-linux/.test(message)) {
    return "It needs glibc 2.28 or newer: Debian 10, Ubuntu 20.04, RHEL 8, JetPack 5, or what came after them.";
  }
  if (/failed to map|not permitted/.test(message)) {
    return "The folder's file system does not let programs run (noexec). Name another with XDG_CACHE_HOME.";
  }
  return "Remove this folder and try again.";
}

const notHere = () =>
  new ExpectedError(`there is no ONNX Runtime for ${process.platform} on ${process.arch} in this program`, {
    hint: "Models run on Linux with glibc (x64, arm64), macOS on Apple silicon, and Windows. Work on one of these.",
  });
