import { ExpectedError, toError } from "../../base/errors.ts";
import { openOrt } from "../ort/open-ort.ts";
import { type Collector, localCollector } from "./collector.ts";
import type { Failure, FromWorker, ToWorker } from "./worker-messages.ts";

/** A thread of a calibration: the entry of `new Worker`, and of nothing else. */
declare const self: Worker;

let collector: Collector | undefined;

async function answer(message: ToWorker): Promise<FromWorker> {
  switch (message.kind) {
    case "open": {
      const { model, watched, histograms, threads, cacheDir } = message;
      const ort = await openOrt({ cacheDir });
      collector = localCollector(await ort.session(model, { threads }), watched, histograms);
      return { kind: "done" };
    }
    case "add":
      await collector!.add(message.sample);
      return { kind: "done" };
    case "take":
      return { kind: "taken", observations: await collector!.take() };
    case "close":
      await collector?.close();
      return { kind: "done" };
  }
}

function failureOf(thrown: unknown): Failure {
  const { message, stack } = toError(thrown);
  if (!(thrown instanceof ExpectedError))
    return { expected: false, message, ...(stack !== undefined && { stack }) };
  const { where, hint } = thrown;
  return {
    expected: true,
    message,
    ...(where !== undefined && { where }),
    ...(hint !== undefined && { hint }),
  };
}

/** One after the other, in the order that they come in. */
let before: Promise<void> = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  before = before.then(async () => {
    const reply = await answer(data).catch(
      (thrown: unknown): FromWorker => ({ kind: "failed", failure: failureOf(thrown) }),
    );
    postMessage(reply);
  });
};
