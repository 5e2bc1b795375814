import { availableParallelism } from "node:os";
import { ModelFileError } from "../onnx/model-error.ts";
import { type Binding, LOG_LEVEL, type NativeSession } from "./binding.ts";
import { ortError } from "./ort-error.ts";
import type { Feeds, OrtSession, Port, SessionOptions, TimedRun } from "./types.ts";
import { nativeFeeds, outputsOf, portOf } from "./values.ts";

/** Lets the other callbacks of the event loop run before this thread is held. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function openSession(
  binding: Binding,
  model: Uint8Array | string,
  options: SessionOptions,
): Promise<OrtSession> {
  await turn();
  const where = typeof model === "string" ? model : undefined;
  const native = load(binding, model, options, where);
  try {
    return sessionOf(native, { inputs: inputsOf(native), outputs: outputPorts(native) }, where);
  } catch (thrown) {
    native.dispose();
    throw thrown;
  }
}

function load(
  binding: Binding,
  model: Uint8Array | string,
  { threads = availableParallelism(), optimization = "all", optimizedModelFile }: SessionOptions,
  where: string | undefined,
): NativeSession {
  const native = new binding.InferenceSession();
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
    logSeverityLevel: LOG_LEVEL,
    ...(optimizedModelFile !== undefined && { optimizedModelFilePath: optimizedModelFile }),
  };
  try {
    if (typeof model === "string") native.loadModel(model, options);
    else native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    return native;
  } catch (thrown) {
    throw ortError(thrown, "ONNX Runtime does not load the model", where);
  }
}

const inputsOf = ({ inputMetadata }: NativeSession): Port[] =>
  inputMetadata.map((input) => {
    const port = portOf(input);
    if (port) return port;
    throw new ModelFileError("an input that is a sequence, a map or optional cannot be given here", {
      where: input.name,
      hint: "Export the model with tensors for its inputs.",
    });
  });

function outputPorts({ outputMetadata }: NativeSession): Port[] {
  const ports = outputMetadata.map(portOf).filter((port) => port !== undefined);
  if (ports.length > 0) return ports;
  throw new ModelFileError("none of the model's outputs is a tensor", {
    hint: "Export it with tensors for its outputs (for scikit-learn: zipmap off).",
  });
}

function sessionOf(
  native: NativeSession,
  { inputs, outputs }: { inputs: readonly Port[]; outputs: readonly Port[] },
  where: string | undefined,
): OrtSession {
  let open = true;

  async function timedRun(feeds: Feeds, wanted?: readonly string[]): Promise<TimedRun> {
    const ports = wanted === undefined ? outputs : wantedOf(outputs, wanted);
    const given = nativeFeeds(inputs, feeds);
    const fetches = Object.fromEntries(ports.map(({ name }) => [name, null]));
    await turn();
    if (!open) throw new Error("the session was closed before it ran");
    const started = performance.now();
    try {
      const results = native.run(given, fetches, {});
      return { ms: performance.now() - started, outputs: outputsOf(ports, results) };
    } catch (thrown) {
      throw ortError(thrown, "ONNX Runtime could not run the model", where);
    }
  }

  return {
    inputs,
    outputs,
    timedRun,
    run: async (feeds, wanted) => (await timedRun(feeds, wanted)).outputs,
    async close() {
      if (open) native.dispose();
      open = false;
    },
  };
}

function wantedOf(outputs: readonly Port[], wanted: readonly string[]): Port[] {
  const known = new Map(outputs.map((port) => [port.name, port]));
  return wanted.map((name) => {
    const port = known.get(name);
    if (port) return port;
    throw new ModelFileError(`the model has no output "${name}"`, {
      hint: `It has ${[...known.keys()].join(", ")}.`,
    });
  });
}
