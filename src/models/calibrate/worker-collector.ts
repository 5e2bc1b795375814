import { ExpectedError } from "../../base/errors.ts";
import type { Collector, Watched } from "./collector.ts";
import type { Failure, FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkerOptions {
  watched: Watched;
  histograms: boolean;
  threads: number;
  /** For the library of ONNX Runtime, which each thread opens. */
  cacheDir: string;
}

/** So that it has the next sample at hand when it is done with one. */
const WIDTH = 2;

/** The built program has its modules by their place below src (scripts/build.ts, entrypoints); defined there. */
declare const BUILD_COMMIT: string | undefined;
const entry = (): string =>
  typeof BUILD_COMMIT === "undefined"
    ? new URL("./collector-worker.ts", import.meta.url).href
    : "./models/calibrate/collector-worker.ts";

/** In a thread of its own, with its own session. */
export async function workerCollector(model: Uint8Array, options: WorkerOptions): Promise<Collector> {
  const worker = new Worker(entry());
  const waiting: { resolve(reply: FromWorker): void; reject(error: Error): void }[] = [];
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    const { resolve, reject } = waiting.shift()!;
    if (data.kind === "failed") reject(errorOf(data.failure));
    else resolve(data);
  };
  let ended: Error | undefined;
  const end = (why: string): void => {
    ended ??= new Error(`a thread of the calibration ended: ${why}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  worker.onerror = ({ message }) => end(message);
  worker.addEventListener("close", () => end("it was closed"));
  const ask = (message: ToWorker): Promise<FromWorker> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
  const close = async (): Promise<void> => {
    try {
      await ask({ kind: "close" });
    } finally {
      worker.terminate();
    }
  };
  try {
    await ask({ kind: "open", model, ...options });
  } catch (thrown) {
    worker.terminate();
    throw thrown;
  }
  return {
    width: WIDTH,
    async add(sample) {
      await ask({ kind: "add", sample });
    },
    async take() {
      const reply = await ask({ kind: "take" });
      if (reply.kind !== "taken") throw new Error(`a thread of the calibration answered "${reply.kind}"`);
      return reply.observations;
    },
    close,
  };
}

function errorOf({ expected, message, where, hint, stack }: Failure): Error {
  if (expected) {
    return new ExpectedError(message, {
      ...(where !== undefined && { where }),
      ...(hint !== undefined && { hint }),
    });
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
