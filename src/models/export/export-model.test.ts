import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { ProgramCall } from "../../base/run-program.ts";
import { mnistModel } from "../real-models.fixture.ts";
import type { World } from "../targets/types.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { exportModel, isPyTorch } from "./export-model.ts";

let temp: ReturnType<typeof tempDir>;
beforeEach(() => {
  temp = tempDir();
  writeFileSync(join(temp.path, "model.pt"), "weights");
});
afterEach(() => temp[Symbol.asyncDispose]());

const run = async (world: World, shapes: { name?: string; dims: number[] }[] = []) => {
  const folder = join(temp.path, "work");
  mkdirSync(folder);
  await exportModel(
    {
      modelFile: join(temp.path, "model.pt"),
      onnxFile: join(folder, "out.onnx"),
      folder,
      shapes,
      onLine() {},
    },
    world,
  );
  return join(folder, "out.onnx");
};

/** A Python on PATH that says this. */
async function saying(stdout: string, { code = 1, stderr = "" } = {}) {
  const bin = join(temp.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "python3"), "#!/bin/sh\n", { mode: 0o755 });
  const calls: ProgramCall[] = [];
  const world = await testWorld(temp.path, {
    env: { PATH: bin },
    runProgram: async (call) => {
      calls.push(call);
      return { code, stdout, stderr, timedOut: false };
    },
  });
  return { world, calls, python: join(bin, "python3") };
}

test("PyTorch's files are known by their names", () => {
  expect(["a.pt", "a.PTH", "a.onnx", "pt"].map(isPyTorch)).toEqual([true, true, false, false]);
});

test("without a Python the error says how to have one", async () => {
  const world = await testWorld(temp.path, { env: { PATH: join(temp.path, "nothing") } });
  await expect(run(world)).rejects.toMatchObject({
    message: "there is no Python to export the model with",
    hint: expect.stringContaining("pip install torch"),
  });
});

test("a Python that is named and not there is told by its name", async () => {
  const world = await testWorld(temp.path, {
    env: { PATH: "/usr/bin", AGENT2389_PYTHON: "/no/venv/bin/python" },
  });
  await expect(run(world)).rejects.toThrow(
    "AGENT2389_PYTHON names a Python that is not there: /no/venv/bin/python",
  );
});

describe("what Python says becomes an error that can be mended:", () => {
  test.each([
    ["missing", "torch", "does not have", "-m pip install torch onnx"],
    ["missing", "ultralytics", "the Python package ultralytics", "-m pip install ultralytics"],
    ["shape", "", "does not say the shape of its input", "--input-shape"],
    ["weights", "", "a state_dict", "torch.jit.script"],
    ["damaged", "invalid magic number", "invalid magic number", "downloaded completely"],
    ["export", "Unsupported: aten::frob", "aten::frob", "by yourself"],
  ])("%s %s", async (error, text, message, hint) => {
    const { world } = await saying(`loading…\n${JSON.stringify({ error, text })}\n`);
    await expect(run(world)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
      where: join(temp.path, "model.pt"),
    });
  });

  test("a crash, by its last line", async () => {
    const { world } = await saying("", { code: 139, stderr: "warning\nSegmentation fault\n" });
    await expect(run(world)).rejects.toThrow("failed while it exported the model: Segmentation fault");
  });
});

test("Python is given arguments, never a line for a shell", async () => {
  const { world, calls, python } = await saying('{"error": "shape", "text": ""}');
  await run(world, [{ name: "x; rm -rf /", dims: [1, 3] }]).catch(() => {});
  const [call] = calls;
  expect(call!.argv.slice(0, 2)).toEqual([python, "-c"]);
  expect(call!.argv.slice(3)).toEqual([
    join(temp.path, "work/model.pt"),
    join(temp.path, "work/out.onnx"),
    '[["x; rm -rf /",[1,3]]]',
  ]);
});

test("a model that is not there is told before Python runs", async () => {
  const { world, calls } = await saying("");
  const gone = exportModel(
    { modelFile: join(temp.path, "no.pt"), onnxFile: "", folder: temp.path, shapes: [], onLine() {} },
    world,
  );
  await expect(gone).rejects.toThrow("there is no such model");
  expect(calls).toEqual([]);
});

/** Stands for PyTorch: its export writes a model that was there before. */
const STAND_IN = `
import shutil
__version__ = "stand-in"
class _Nn:
    class Module:
        def eval(self): pass
nn = _Nn
class _Jit:
    def load(self, file, map_location): raise RuntimeError("no TorchScript")
jit = _Jit()
class _Onnx:
    def export(self, model, dummies, file, **options):
        assert options["input_names"] == ["image"] and dummies == ([1, 1, 28, 28],), (options, dummies)
        shutil.copy(${JSON.stringify(mnistModel)}, file)
onnx = _Onnx()
def load(file, map_location, weights_only): return nn.Module()
def zeros(dims): return dims
`;

const python = Bun.which("python3");

describe.skipIf(python === null)("the script runs in a real Python", () => {
  test("a whole module is exported with the names and shapes that were given", async () => {
    mkdirSync(join(temp.path, "site"));
    writeFileSync(join(temp.path, "site/torch.py"), STAND_IN);
    const world = await testWorld(temp.path, {
      env: { ...process.env, PYTHONPATH: join(temp.path, "site") },
    });
    const file = await run(world, [{ name: "image", dims: [1, 1, 28, 28] }]);
    expect(await Bun.file(file).bytes()).toEqual(await Bun.file(mnistModel).bytes());
  });

  test("a module without a shape asks for one", async () => {
    mkdirSync(join(temp.path, "site"));
    writeFileSync(join(temp.path, "site/torch.py"), STAND_IN);
    const world = await testWorld(temp.path, {
      env: { ...process.env, PYTHONPATH: join(temp.path, "site") },
    });
    await expect(run(world)).rejects.toThrow("does not say the shape of its input");
  });

  test("a Python without torch is told how to get it", async () => {
    mkdirSync(join(temp.path, "site"));
    writeFileSync(join(temp.path, "site/torch.py"), "raise ImportError('no torch here')");
    const world = await testWorld(temp.path, {
      env: { ...process.env, PYTHONPATH: join(temp.path, "site") },
    });
    await expect(run(world)).rejects.toMatchObject({
      hint: expect.stringContaining("-m pip install torch onnx"),
    });
  });
});
