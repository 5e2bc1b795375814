import { expect, test } from "bun:test";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { ModelTarget, World } from "../targets/types.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { workUntilCancelled } from "./heed-cancellation.ts";
import { JOB_FORMAT, type Job } from "./job.ts";

const job: Job = {
  format: JOB_FORMAT,
  artefacts: { url: "http://127.0.0.1:1/artefacts", token: "t" },
  kind: "describe",
};

/** A target that looks for a device until it is told to stop. */
const searching = (): Pick<ModelTarget, "available" | "capabilities"> => ({
  available: ({ signal }: World) =>
    new Promise((_, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop);
    }),
  capabilities: async () => ({ precisions: [], facts: [] }),
});

async function working(
  cancelled: (signal: AbortSignal) => Promise<boolean>,
  target: Pick<ModelTarget, "available" | "capabilities"> = searching(),
  signal = new AbortController().signal,
) {
  await using dir = tempDir();
  return await workUntilCancelled(job, {
    target: { name: "jetson", summary: "", ...target } as ModelTarget,
    world: await testWorld(dir.path, { signal }),
    client: { cancelled } as Parameters<typeof workUntilCancelled>[1]["client"],
    folder: dir.path,
    runningFolder: dir.path,
    progress() {},
  });
}

/** Asks until the signal aborts, and is told nothing. */
const neverTold = (signal: AbortSignal) =>
  new Promise<boolean>((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener("abort", () => resolve(false));
  });

test("a job that the sender cancels ends, and says so", async () => {
  expect(await working(async () => true)).toMatchObject({
    ok: false,
    error: { message: "the sender has cancelled the job", model: false },
  });
});

test("a sender that cannot be asked has not cancelled it", async () => {
  const found = { ...searching(), available: async () => ({ available: true as const, version: "10.3" }) };
  expect(await working(async () => false, found)).toMatchObject({ ok: true, version: "10.3" });
});

test("nobody is asked any more when the job is done, or the worker itself stops", async () => {
  const found = { ...searching(), available: async () => ({ available: true as const, version: "10.3" }) };
  expect(await working(neverTold, found)).toMatchObject({ ok: true });
  const stopped = AbortSignal.abort(new Error("the agent is shutting down"));
  await expect(working(neverTold, searching(), stopped)).rejects.toThrow("the agent is shutting down");
});
