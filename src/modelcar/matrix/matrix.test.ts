import { expect, test } from "bun:test";
import { needOf } from "../cases/cases.fixture.ts";
import { gpuType } from "../gpus/match.ts";
import { namedRuntime } from "../runtime/image.ts";
import { allGpus, matrix, usualGpus } from "./matrix.ts";

const runtime = namedRuntime("0.11.0", "test");

function cellsOf(model: string, args: string[], gpus: string[], quantization?: string) {
  const need = needOf({ name: "a", model, args, gpus: "", ...(quantization && { quantization }) });
  const [row] = matrix(
    [need],
    gpus.map((gpu) => gpuType(gpu)!),
    runtime,
  );
  return row!.cells.map(({ verdict, gpus: count }) => (verdict === "GO" ? count : verdict));
}

test("the fewest GPUs of one server on which a model starts", () => {
  const gpus = ["L4", "L40S", "A100-80GB", "H200"];
  expect(cellsOf("llama-3.1-8b", ["--max-model-len=32768"], gpus)).toEqual([2, 1, 1, 1]);
  expect(cellsOf("llama-3.1-70b", ["--max-model-len=16384"], gpus)).toEqual([8, 4, 2, 2]);
  expect(cellsOf("deepseek-v3", ["--max-model-len=16384"], gpus)).toEqual([...NONE, ...NONE, ...NONE, 8]);
});

const NONE = ["NO-GO (memory)"] as const;

test("a size that the arguments name is kept", () => {
  expect(cellsOf("llama-3.1-70b", ["-tp=2", "--max-model-len=16384"], ["L40S", "H200"])).toEqual([
    "NO-GO (memory)",
    2,
  ]);
});

test("what a GPU cannot run is told apart from what does not fit; what is not known is UNKNOWN", () => {
  expect(cellsOf("llama-3.1-8b", ["--max-model-len=2048"], ["V100"], "fp8-dynamic")).toEqual([
    "NO-GO (unsupported)",
  ]);
  expect(cellsOf("unheard-of", [], ["H200"])).toEqual(["UNKNOWN"]);
});

test("more memory never takes more GPUs, in one family", () => {
  const [a, b] = cellsOf("qwen2.5-72b", ["--max-model-len=8192"], ["A100-40GB", "A100-80GB"]);
  expect(Number(b)).toBeLessThanOrEqual(Number(a));
});

test("the usual GPUs are of the table, by their memory", () => {
  expect(usualGpus().length).toBe(11);
  const sizes = allGpus().map(({ memoryMiB }) => memoryMiB);
  expect(sizes).toEqual([...sizes].sort((x, y) => x - y));
  expect(sizes[0]).toBeGreaterThan(0);
});
