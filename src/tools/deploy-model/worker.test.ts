import { expect, test } from "bun:test";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import { JOB_FORMAT } from "../../models/worker/job.ts";
import { workerOptions } from "./options.ts";
import { openWorkerTool } from "./worker.ts";

const DAY_SECONDS = 86_400;

test("a job that ends leaves what another worker with the same cache is at work on, not what was left long ago", async () => {
  await using dir = tempDir();
  const running = join(dir.path, "agent2389/worker/running");
  const now = Date.now() / 1000;
  for (const [name, age] of [
    ["job-other", DAY_SECONDS / 2],
    ["job-killed", 2 * DAY_SECONDS],
  ] as const) {
    await mkdir(join(running, name), { recursive: true });
    await writeFile(join(running, name, "model.onnx"), "weights");
    await utimes(join(running, name), now - age, now - age);
  }
  const { tools } = await openWorkerTool(
    { name: "tensorrt_worker", impl: "tensorrt_worker", options: workerOptions().parse({ target: "cpu" }) },
    {
      env: { XDG_CACHE_HOME: dir.path },
      baseDir: dir.path,
      log: silent,
      fetch: () => Promise.reject(new Error("away")),
    },
  );
  const job = { format: JOB_FORMAT, kind: "describe", artefacts: { url: "http://127.0.0.1:1", token: "t" } };
  const { content } = await tools[0]!.run(job, toolContext());
  expect(JSON.parse(content)).toMatchObject({ ok: true, kind: "describe" });
  expect(await readdir(running)).toEqual(["job-other"]);
});
