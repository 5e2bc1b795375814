import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resnet20Model } from "../../src/models/real-models.fixture.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { binary, cleanEnv } from "./binary.ts";

/** Calibration by threads in the compiled program: each has its own ONNX Runtime, from a module that the program carries. */

let temp: ReturnType<typeof tempDir>;
beforeAll(async () => {
  await binary();
  temp = tempDir();
}, 60_000);
afterAll(() => temp[Symbol.asyncDispose]());

/** Arrays of 160 made pictures, enough for more than one thread. */
async function pictures(): Promise<string> {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (160, 3, 32, 32), }";
  const padded = `${header.padEnd(117)}\n`;
  const head = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.of(118, 0),
    Buffer.from(padded),
  ]);
  const values = Float32Array.from({ length: 160 * 3 * 32 * 32 }, (_, at) => Math.sin(at * 0.37) * 2);
  const file = join(temp.path, "pictures.npy");
  await Bun.write(file, Buffer.concat([head, Buffer.from(values.buffer)]));
  return file;
}

/** The model, and the most threads that Bun calls workers which were seen while it was made. */
async function quantized(threads: number, data: string): Promise<{ model: Buffer; workers: number }> {
  const out = join(temp.path, `model-${threads}.onnx`);
  const child = Bun.spawn(
    [
      await binary(),
      ...["deploy-model", "quantize", resnet20Model, "--calibration-data", data, "--threads", `${threads}`],
      ...["--out", out],
    ],
    {
      // A cache of its own: what another run has seen would be taken for granted.
      env: cleanEnv({ XDG_CACHE_HOME: join(temp.path, `cache-${threads}`) }),
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    },
  );
  let workers = 0;
  const watching = (async () => {
    while (child.exitCode === null) {
      workers = Math.max(workers, workersOf(child.pid));
      await Bun.sleep(2);
    }
  })();
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited, watching]);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { model: readFileSync(out), workers };
}

function workersOf(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.filter((task) => /^Worker\n/.test(readFileSync(`/proc/${pid}/task/${task}/comm`, "utf8")))
      .length;
  } catch {
    return 0; // it has ended, or the thread has
  }
}

test("with two threads the calibration gives the same bytes as with one, and both work", async () => {
  const data = await pictures();
  const alone = await quantized(1, data);
  const both = await quantized(2, data);
  expect(both.model.equals(alone.model)).toBe(true);
  expect([alone.workers, both.workers]).toEqual([0, 2]);
}, 120_000);
