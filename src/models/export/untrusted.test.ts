import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { runProgram } from "../../base/run-program.ts";
import { mnistModel } from "../real-models.fixture.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { type Exporting, exporting } from "./exporting.fixture.ts";
import { pytorchFile } from "./files.fixture.ts";
import { untrusted } from "./untrusted.ts";

const python = Bun.which("python3");
const without = python === null ? " (skipped: there is no python3 on PATH)" : "";

let temp: ReturnType<typeof tempDir>;
beforeEach(() => {
  temp = tempDir();
});
afterEach(() => temp[Symbol.asyncDispose]());

/** A real Python whose torch is this text. */
async function withTorch(torch: string, request: Exporting) {
  mkdirSync(join(temp.path, "site"));
  writeFileSync(join(temp.path, "site/torch.py"), torch);
  const env = { PATH: process.env["PATH"], PYTHONPATH: join(temp.path, "site") };
  return exporting(request, join(temp.path, "work"), await testWorld(temp.path, { env, runProgram }));
}

const UNTOUCHED = "raise AssertionError('torch was imported')";
const shapes = ["1,3,8,8"];

describe.skipIf(python === null)(`what real files are, is told before torch is imported${without}:`, () => {
  const cases: [file: string, message: string, hint: string][] = [
    ["module.pt", "runs Python code that may be in it: it is a pickle that names tiny.Tiny", "--trust-model"],
    ["module-legacy.pt", "it is a pickle that names tiny.Tiny", "--trust-model"],
    ["checkpoint.pt", "it is a pickle that names tiny.Tiny", "--trust-model"],
    ["scripted.pt", "runs a program that is in it (TorchScript), which can write files", "--trust-model"],
    ["traced.torchscript", "(TorchScript)", "--trust-model"],
    ["program.pt2", "(torch.export keeps parts as pickles)", "--trust-model"],
    ["calls.pt", "would call posix.system on this machine, which no model needs", "Do not load it"],
    ["weights.pth", "a state_dict", "model.load_state_dict(torch.load(file))"],
    ["weights-legacy.pth", "a state_dict", "torch.zeros(1, 3, 8, 8)"],
    ["weights-training.pth", "a state_dict", "model.load_state_dict(torch.load(file))"],
    ["cut.pt", "damaged: its end is missing", "downloaded completely"],
    ["make.py", "no PyTorch model", "torch.save"],
  ];
  test.each(cases)("%s", async (name, message, hint) => {
    await expect(withTorch(UNTOUCHED, { modelFile: pytorchFile(name), shapes })).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test("a zip file that PyTorch did not write", async () => {
    const zip = join(temp.path, "other.pt");
    writeFileSync(zip, Buffer.from("504b0506000000000000000000000000000000000000", "hex"));
    const padded = join(temp.path, "padded.pt");
    writeFileSync(padded, Buffer.concat([Buffer.from("504b0304", "hex"), await Bun.file(zip).bytes()]));
    await expect(withTorch(UNTOUCHED, { modelFile: padded })).rejects.toThrow("none that PyTorch wrote");
  });

  test("trusted: a shape that is missing is asked for before torch is imported too", async () => {
    const request = { modelFile: pytorchFile("module.pt"), trusted: true };
    await expect(withTorch(UNTOUCHED, request)).rejects.toThrow("does not say the shape of its input");
  });

  test("trusted: a Python without torch is told how to get it", async () => {
    const request = { modelFile: pytorchFile("module.pt"), shapes, trusted: true };
    await expect(withTorch("raise ImportError('no torch here')", request)).rejects.toMatchObject({
      hint: expect.stringContaining("-m pip install torch onnx"),
    });
  });

  test("trusted: names and shapes reach the exporter (a stand-in for torch)", async () => {
    const request = { modelFile: pytorchFile("module.pt"), shapes: ["photo:1,3,8,8"], trusted: true };
    const { onnxFile, version, lines } = await withTorch(STAND_IN, request);
    expect(await Bun.file(onnxFile).bytes()).toEqual(await Bun.file(mnistModel).bytes());
    expect(version).toBe("stand-in");
    expect(lines).toEqual(["loaded without weights_only", "ran with photo of [1, 3, 8, 8]"]);
  });
});

/** Stands for PyTorch before 2.5, whose exporter has no choice: its export writes a model that was there before. */
const STAND_IN = `
import contextlib, shutil
__version__, float32, int64 = "stand-in", "float32", "int64"
class nn:
    class Module:
        def forward(self, image): pass
        def __call__(self, image): return self.forward(image)
        def float(self): return self
        def eval(self): return self
    class DataParallel(Module): pass
no_grad = contextlib.nullcontext
def zeros(dims, dtype): return dims
def load(file, map_location, weights_only):
    print("loaded %s weights_only" % ("with" if weights_only else "without"))
    return nn.Module()
class onnx:
    def export(model, inputs, file, input_names, opset_version):
        print("ran with %s of %s" % (*input_names, *inputs))
        shutil.copy(${JSON.stringify(mnistModel)}, file)
`;

describe("what is said of a file that would run code", () => {
  const said = (names: string[], text = "pickle") =>
    untrusted({ error: "untrusted", text, names }, "/venv/bin/python");

  test("the classes of its own, the first of them", () => {
    const names = [
      "torch.nn.modules.conv.Conv2d",
      "a.A",
      "a.B",
      "collections.OrderedDict",
      "a.C",
      "a.D",
      "a.E",
    ];
    expect(said(names).message).toEndWith("a pickle that names a.A, a.B, a.C and 2 more");
    expect(said(["torch.nn.modules.conv.Conv2d"]).message).toEndWith("it is a pickle");
  });

  test.each([
    "posix.system",
    "nt.system",
    "subprocess.Popen",
    "builtins.eval",
    "__builtin__.exec",
    "os.popen",
  ])("%s is a reason not to load it, whatever else it names", (name) => {
    const { message, hint } = said(["a.A", name, "torch.nn.modules.conv.Conv2d"]);
    expect(message).toContain(`would call ${name} on`);
    expect(hint).not.toContain("--trust-model");
  });

  test("a name that only begins alike is none", () => {
    expect(said(["osnet.Model", "builtins.set"]).hint).toContain("--trust-model");
  });

  test("Ultralytics' models could be loaded safely", () => {
    expect(said(["ultralytics.nn.tasks.DetectionModel"], "yolo").hint).toContain(
      "/venv/bin/python -m pip install -U ultralytics torch",
    );
  });
});
