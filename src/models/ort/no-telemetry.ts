import { dlopen, FFIType } from "bun:ffi";
import { ExpectedError } from "../../base/errors.ts";

/**
 * The libraries that Microsoft builds tell it of every session (model, graph, hashes of weights, the machine's id) and keep
 * files of their own, from 1.29 on Linux and macOS as well. This is the one way to turn that off (onnxruntime, PosixTelemetry).
 */
const SWITCH = "ORT_DISABLE_TELEMETRY";

const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);

/**
 * Turns off what ONNX Runtime tells of its use; before its library is loaded. By the C library, since what is assigned to
 * `process.env` does not reach getenv(3) of native code. Rejects with an ExpectedError where that cannot be done: then
 * nothing is loaded.
 */
export function turnTelemetryOff(): void {
  try {
    if (process.platform === "win32") setOnWindows();
    else setOnPosix(process.platform === "darwin" ? "/usr/lib/libSystem.B.dylib" : "libc.so.6");
  } catch (cause) {
    throw new ExpectedError("ONNX Runtime is not loaded: its telemetry cannot be turned off here", { cause });
  }
}

function setOnPosix(library: string): void {
  const { cstring, i32 } = FFIType;
  const { symbols } = dlopen(library, { setenv: { args: [cstring, cstring, i32], returns: i32 } });
  if (symbols.setenv(text(SWITCH), text("1"), 1) !== 0) throw new Error("setenv failed");
}

function setOnWindows(): void {
  const { cstring, i32 } = FFIType;
  const { symbols } = dlopen("kernel32.dll", {
    SetEnvironmentVariableA: { args: [cstring, cstring], returns: i32 },
  });
  if (symbols.SetEnvironmentVariableA(text(SWITCH), text("1")) === 0)
    throw new Error("SetEnvironmentVariable failed");
}
