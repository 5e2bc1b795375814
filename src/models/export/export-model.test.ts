import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { ProgramCall } from "../../base/run-program.ts";
import { isPyTorch } from "../onnx/is-pytorch.ts";
import { testWorld } from "../targets/world.fixture.ts";
import { exporting } from "./exporting.fixture.ts";
import { pytorchFile } from "./files.fixture.ts";

let temp: ReturnType<typeof tempDir>;
beforeEach(() => {
  temp = tempDir();
});
afterEach(() => temp[Symbol.asyncDispose]());

const modelFile = pytorchFile("module.pt");

/** A Python on PATH that says this. */
async function saying(stdout: string, { code = 1, stderr = "" } = {}) {
  const bin = join(temp.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "python3"), "#!/bin/sh\n", { mode: 0o755 });
  const calls: ProgramCall[] = [];
  const world = await testWorld(temp.path, {
    env: { PATH: bin, HOME: "/home/ada" },
    runProgram: async (call) => {
      calls.push(call);
      for (const line of stdout.split("\n")) call.onLine?.(line);
      return { code, stdout, stderr, timedOut: false };
    },
  });
  const run = (shapes: string[] = [], trusted = false) =>
    exporting({ modelFile, shapes, trusted }, join(temp.path, "work"), world);
  return { run, world, calls, python: join(bin, "python3") };
}

test("PyTorch's files are known by their names", () => {
  expect(["a.pt", "a.PTH", "a.pt2", "a.torchscript", "a.onnx", "pt"].map(isPyTorch)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("without a Python the error says how to have one", async () => {
  const world = await testWorld(temp.path, { env: { PATH: join(temp.path, "nothing") } });
  await expect(exporting({ modelFile }, join(temp.path, "work"), world)).rejects.toMatchObject({
    message: "there is no Python to export the model with",
    hint: expect.stringContaining("pip install torch"),
  });
});

test("a Python that is named and not there is told by its name", async () => {
  const world = await testWorld(temp.path, {
    env: { PATH: "/usr/bin", AGENT2389_PYTHON: "/no/venv/bin/python" },
  });
  await expect(exporting({ modelFile }, join(temp.path, "work"), world)).rejects.toThrow(
    "AGENT2389_PYTHON names a Python that is not there: /no/venv/bin/python",
  );
});

/** What PyTorch 2.15 says, as it says it. */
const DYNAMO =
  "TorchExportError: Failed to export the model with torch.export. \u001b[96mThis is step 1/3\u001b[0m of exporting the model to ONNX. Next steps:\n- Modify the model code for `torch.export.export` to succeed.\n\n## Exception summary\n\n<class 'torch.fx.experimental.symbolic_shapes.GuardOnDataDependentSymNode'>: Could not guard on data-dependent expression Eq(u0, 1)\n\nconsider using data-dependent friendly APIs";
const CUT =
  "PytorchStreamReader failed reading zip archive: failed finding central directory. This is an internal miniz error. If you are seeing this error, there is a high likelihood that your checkpoint file is corrupted. This can happen if the checkpoint was not saved properly, was transferred incorrectly, or the file was modified after saving.";

describe("what Python says becomes an error that can be mended:", () => {
  test.each([
    ["missing", "torch", "the Python package torch, which", "-m pip install torch onnx"],
    ["missing", "ultralytics", "the Python package ultralytics", "-m pip install ultralytics onnx"],
    ["missing", "mynet", "does not find the code of the model", "PYTHONPATH"],
    ["code", "Can't get attribute 'Net' on <module '__main__'>", "attribute 'Net'", "torch.onnx.export"],
    ["shape", "", "does not say the shape of its input", "--input-shape"],
    ["weights", "", "a state_dict", "model.load_state_dict(torch.load(file))"],
    ["compiled", "", "AOTInductor", "torch.export.save"],
    ["foreign", "its end is missing", "damaged: its end is missing", "downloaded completely"],
    ["damaged", CUT, "failed finding central directory", "another version of PyTorch"],
    [
      "export",
      "UnsupportedOperatorError: Exporting the operator 'aten::special_bessel_j0' to ONNX opset version 17 is not supported",
      "aten::special_bessel_j0",
      "by yourself",
    ],
    ["export", DYNAMO, "Could not guard on data-dependent expression Eq(u0, 1)", "by yourself"],
  ])("%s %p", async (error, text, message, hint) => {
    const { run } = await saying(
      `[torch.onnx] Run decompositions...\n\n${JSON.stringify({ error, text })}\n`,
    );
    const thrown: Error = await run().then(
      () => expect.unreachable(),
      (caught) => caught,
    );
    expect(thrown.message).not.toMatch(/[\n\u001b]/);
    expect(thrown.message.length).toBeLessThan(400);
    expect(thrown).toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
      where: modelFile,
    });
  });

  test("a shape that the model does not take is told with what it said", async () => {
    const text = "expected input[1, 1, 64, 64] to have 3 channels, but got 1 channels instead";
    const { run } = await saying(JSON.stringify({ error: "inputs", text }));
    await expect(run(["a:1,1,64,64", "b:1,2"])).rejects.toThrow(
      `the model does not run with inputs of a: 1×1×64×64 and b: 1×2: ${text}`,
    );
  });

  test("a package is named to be installed only where it is known: a file may name any", async () => {
    const { run } = await saying(JSON.stringify({ error: "missing", text: "torcch" }));
    await expect(run()).rejects.toMatchObject({ hint: expect.not.stringContaining("pip install") });
  });

  test("a crash, by its last line", async () => {
    const { run } = await saying("", { code: 139, stderr: "warning\nSegmentation fault\n" });
    await expect(run()).rejects.toThrow("failed while it exported the model: Segmentation fault");
  });

  test("an end without a word, by its status; and success without a file is none", async () => {
    const { run } = await saying(JSON.stringify({ ok: "2.15.0", branches: [] }), { code: 0 });
    await expect(run()).rejects.toThrow("it ended with status 0");
  });
});

test("Python is given arguments, never a line for a shell", async () => {
  const { run, calls, python } = await saying('{"error": "shape", "text": ""}');
  await run(["x; rm -rf /:1,3"]).catch(() => {});
  const [call] = calls;
  expect(call!.argv.slice(0, 2)).toEqual([python, "-c"]);
  expect(call!.argv.slice(3)).toEqual([
    join(temp.path, "work/module.pt"),
    join(temp.path, "work/module.pt.onnx"),
    '[["x; rm -rf /",[1,3]]]',
    pytorchFile("."),
    "untrusted",
  ]);
});

test("Ultralytics is kept from installing packages and from the network, and loads safely unless trusted", async () => {
  const { run, calls } = await saying("{}");
  await run().catch(() => {});
  await run([], true).catch(() => {});
  expect(calls[0]!.env).toMatchObject({
    YOLO_AUTOINSTALL: "false",
    YOLO_OFFLINE: "true",
    ULTRALYTICS_SAFE_LOAD: "true",
    HOME: "/home/ada",
  });
  expect(calls.map(({ argv, env }) => [argv.at(-1), env["ULTRALYTICS_SAFE_LOAD"]])).toEqual([
    ["untrusted", "true"],
    ["trusted", undefined],
  ]);
});

test("a model that is not there is told before Python runs", async () => {
  const { world, calls } = await saying("");
  const gone = exporting({ modelFile: join(temp.path, "no.pt") }, join(temp.path, "work"), world);
  await expect(gone).rejects.toThrow("there is no such model");
  expect(calls).toEqual([]);
});
