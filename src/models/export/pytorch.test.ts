import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { runProgram } from "../../base/run-program.ts";
import { readModel } from "../onnx/read-model.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { type Exporting, exporting } from "./exporting.fixture.ts";
import { makeScript } from "./files.fixture.ts";

/** Exports by PyTorch itself: takes minutes, and so a Python that was named for it. */
const python = process.env["AGENT2389_PYTHON"];

const has = (name: string): boolean =>
  python !== undefined &&
  Bun.spawnSync([python, "-c", `import importlib.util as u; exit(u.find_spec("${name}") is None)`]).success;
const skipped = (missing: readonly string[]): string => {
  if (python === undefined) return " (skipped: AGENT2389_PYTHON names no Python that has PyTorch)";
  return missing.length === 0 ? "" : ` (skipped: ${python} does not have ${missing.join(" and ")})`;
};
const lacking = (...names: string[]): string[] => names.filter((name) => !has(name));

const isBefore26 = (): boolean =>
  python !== undefined &&
  Bun.spawnSync([
    python,
    "-c",
    "from importlib.metadata import version as v; exit(tuple(map(int, v('torch').split('.')[:2])) >= (2, 6))",
  ]).success;

const SECONDS = 120_000;
let temp: ReturnType<typeof tempDir>;
beforeAll(() => {
  temp = tempDir();
});
afterAll(() => temp[Symbol.asyncDispose]());

const at = (name: string): string => join(temp.path, name);

let runs = 0;
async function exported(request: Exporting, code?: string) {
  const env = {
    ...process.env,
    YOLO_CONFIG_DIR: temp.path,
    ...(code !== undefined && { PYTHONPATH: code }),
  };
  const world = await testWorld(temp.path, { env, runProgram });
  const made = await exporting(request, at(`export-${runs++}`), world);
  const ort = await world.openOrt();
  const session = await ort.session(made.onnxFile);
  const { inputs, outputs } = session;
  await session.close();
  return { ...made, inputs, outputs };
}

async function ranPython(argv: string[]) {
  const ran = await runProgram({
    argv: [python!, ...argv],
    env: { ...process.env, YOLO_CONFIG_DIR: temp.path },
    cwd: temp.path,
    signal: new AbortController().signal,
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
}

const withoutTorch = lacking("torch", "onnx");

describe.skipIf(withoutTorch.length > 0)(`PyTorch exports${skipped(withoutTorch)}`, () => {
  beforeAll(() => ranPython(["-W", "ignore", makeScript]), SECONDS);
  const code = dirname(makeScript);
  const shapes = ["1,3,8,8"];

  test.each(["module.pt", "module-legacy.pt", "checkpoint.pt", "scripted.pt", "traced.torchscript"])(
    "%s, when it is trusted",
    async (name) => {
      const made = await exported({ modelFile: at(name), shapes, trusted: true }, code);
      expect(made.inputs).toEqual([{ name: "input", type: "float", dims: [1, 3, 8, 8] }]);
      expect(made.outputs.map(({ dims }) => dims)).toEqual([[1, 2]]);
      expect(made.version).toMatch(/^\d+\.\d+/);
      expect(made.branches).toEqual([]);
    },
    SECONDS,
  );

  test(
    "inputs by the names that the model gives them, of whole numbers where it takes only these",
    async () => {
      const shapesByName = ["scale:1,4", "input_ids:1,6"];
      const made = await exported({ modelFile: at("tokens.pt"), shapes: shapesByName, trusted: true }, code);
      expect(made.inputs).toEqual([
        { name: "input_ids", type: "int64", dims: [1, 6] },
        { name: "scale", type: "float", dims: [1, 4] },
      ]);
    },
    SECONDS,
  );

  test(
    "where the model branches on values is told",
    async () => {
      const made = await exported({ modelFile: at("branches.pt"), shapes, trusted: true }, code);
      expect(made.branches).toEqual([expect.stringMatching(/tiny\.py:\d+$/)]);
    },
    SECONDS,
  );

  test.each([
    ["module.pt", [], shapes, "does not find the code of the model, which the file only names: tiny"],
    ["module.pt", [code], ["1,1,8,8"], "does not run with an input of 1×1×8×8: "],
    ["unknown.pt", [code], shapes, "special_bessel_j0"],
  ] as const)(
    "%s with %p and %p is an error that says why",
    async (name, [path], given, message) => {
      const request = { modelFile: at(name), shapes: [...given], trusted: true };
      await expect(exported(request, path)).rejects.toThrow(message);
    },
    SECONDS,
  );

  test(
    "code beside a trusted model is found",
    async () => {
      const folder = at("beside");
      mkdirSync(folder);
      await Bun.write(join(folder, "module.pt"), Bun.file(at("module.pt")));
      await Bun.write(join(folder, "tiny.py"), Bun.file(join(code, "tiny.py")));
      const made = await exported({ modelFile: join(folder, "module.pt"), shapes, trusted: true });
      expect(made.outputs).toHaveLength(1);
    },
    SECONDS,
  );

  test.each([
    ["calls.pt", "called"],
    ["writes.pt", "written"],
  ])(
    "%s runs nothing unless it is trusted",
    async (name, trace) => {
      const folder = at(`export-${runs}`);
      await expect(exported({ modelFile: at(name), shapes }, code)).rejects.toMatchObject({
        message: expect.stringMatching(/^loading this file (runs|would call)/),
      });
      expect(existsSync(join(folder, trace))).toBe(false);
      const again = at(`export-${runs}`);
      await exported({ modelFile: at(name), shapes, trusted: true }, code).catch(() => {});
      expect(existsSync(join(again, trace))).toBe(true);
    },
    SECONDS,
  );

  const old = isBefore26();
  const reason = old ? " (skipped: before PyTorch 2.6 no exporter knows its BatchNorm in programs)" : "";
  test.skipIf(old)(
    `program.pt2 with its own names and sizes${reason}`,
    async () => {
      const made = await exported({ modelFile: at("program.pt2"), trusted: true });
      expect(made.inputs).toEqual([{ name: "image", type: "float", dims: [1, 3, 8, 8] }]);
      expect(made.outputs.map(({ dims }) => dims)).toEqual([[1, 2]]);
    },
    SECONDS,
  );
});

/** Writes a model of random weights as Ultralytics saves it, and the same with a call of os.system in it. */
const MAKE_YOLO = `
import os, torch
from ultralytics import YOLO
saved = {"epoch": -1, "model": YOLO("yolov8n.yaml").model, "train_args": {}}
torch.save(saved, "yolov8n.pt")
class Calls:
    def __reduce__(self): return os.system, ("touch called",)
torch.save({**saved, "more": Calls()}, "calls-yolov8n.pt")
`;

const withoutYolo = lacking("torch", "onnx", "ultralytics");

describe.skipIf(withoutYolo.length > 0)(`Ultralytics exports${skipped(withoutYolo)}`, () => {
  beforeAll(() => ranPython(["-c", MAKE_YOLO]), SECONDS);

  test(
    "its models in the size that is wanted, without trust where it loads them safely",
    async () => {
      const request = { modelFile: at("yolov8n.pt"), shapes: ["1,3,320,320"] };
      const made = await exported(request).catch((error) => {
        expect(error).toMatchObject({ hint: expect.stringContaining("pip install -U ultralytics torch") });
        return exported({ ...request, trusted: true });
      });
      expect(made.inputs).toEqual([{ name: "images", type: "float", dims: [1, 3, 320, 320] }]);
      expect(made.outputs.map(({ dims }) => dims)).toEqual([[1, 84, 2100]]);
      const { metadata } = await readModel(made.onnxFile);
      expect([metadata.get("author"), metadata.get("date")]).toEqual(["Ultralytics", undefined]);
    },
    SECONDS,
  );

  test(
    "one that calls what no model needs is not loaded",
    async () => {
      const folder = at(`export-${runs}`);
      const request = { modelFile: at("calls-yolov8n.pt"), shapes: ["1,3,320,320"] };
      await expect(exported(request)).rejects.toThrow("would call posix.system");
      expect(existsSync(join(folder, "called"))).toBe(false);
    },
    SECONDS,
  );
});
