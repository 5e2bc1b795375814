import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { systemReason } from "../../base/system-error.ts";
import type { InputShape } from "../data/input-shapes.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { World } from "../targets/types.ts";
import { EXPORT_SCRIPT } from "./script.ts";

export interface ExportRequest {
  /** .pt or .pth */
  modelFile: string;
  /** The file to write. */
  onnxFile: string;
  /** Where the exporter may leave what it likes. */
  folder: string;
  shapes: readonly InputShape[];
  onLine(line: string): void;
}

/** Names the Python that has the user's torch: of a virtual environment, for instance. */
export const PYTHON_VARIABLE = "AGENT2389_PYTHON";

export const isPyTorch = (file: string): boolean => /\.(pt|pth)$/i.test(file);

/** Exports a PyTorch model to ONNX by the user's own Python. Rejects with an ExpectedError that says what is missing there. */
export async function exportModel(request: ExportRequest, world: World): Promise<void> {
  const { modelFile, onnxFile, folder, shapes, onLine } = request;
  const python = findPython(world);
  const copy = join(folder, basename(modelFile));
  await copied(modelFile, copy);
  const named = shapes.map(({ name = null, dims }) => [name, dims]);
  const { code, stdout, stderr } = await world.runProgram({
    argv: [python, "-c", EXPORT_SCRIPT, copy, onnxFile, JSON.stringify(named)],
    env: world.env,
    cwd: folder,
    signal: world.signal,
    onLine: (line) => (line.trim() === "" || line.startsWith("{") ? undefined : onLine(line)),
  });
  if (code === 0 && (await Bun.file(onnxFile).exists())) return;
  throw explained(request, python, parseJson(stdout.trim().split("\n").at(-1) ?? ""), stderr);
}

function findPython({ env }: World): string {
  const named = env[PYTHON_VARIABLE];
  const PATH = env["PATH"] ?? "";
  const found = (named ? [named] : ["python3", "python"])
    .map((name) => Bun.which(name, { PATH }))
    .find(Boolean);
  if (found) return found;
  throw new ExpectedError(
    named
      ? `${PYTHON_VARIABLE} names a Python that is not there: ${named}`
      : "there is no Python to export the model with",
    {
      hint: `PyTorch models are exported to ONNX by your own Python: install it with torch (python3 -m pip install torch onnx), name it with ${PYTHON_VARIABLE}, or export the model yourself and give the .onnx file.`,
    },
  );
}

async function copied(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT")
      throw new ModelFileError("there is no such model", { where: from, cause: thrown });
    throw new ModelFileError(`the model cannot be read: ${systemReason(thrown) ?? errorCode(thrown)}`, {
      where: from,
      cause: thrown,
    });
  }
}

function explained(
  { modelFile }: ExportRequest,
  python: string,
  said: unknown,
  stderr: string,
): ExpectedError {
  const text = stringField(said, "text") ?? "";
  const error = (message: string, hint: string) => new ModelFileError(message, { where: modelFile, hint });
  switch (stringField(said, "error")) {
    case "missing":
      return error(
        `exporting it takes the Python package ${text}, which ${python} does not have`,
        `Install it: ${python} -m pip install ${text === "torch" ? "torch onnx" : text}. Another Python: ${PYTHON_VARIABLE}=/path/to/venv/bin/python.`,
      );
    case "shape":
      return error(
        "a PyTorch model does not say the shape of its input",
        "Say it: --input-shape 1,3,224,224.",
      );
    case "weights":
      return error(
        "this file holds weights without the model that they belong to (a state_dict)",
        "Save the whole: torch.jit.script(model).save(file), or export it: torch.onnx.export(model, example, 'model.onnx').",
      );
    case "damaged":
      return error(
        `PyTorch cannot read the model: ${text}`,
        "Was it downloaded completely? Is it of a newer PyTorch?",
      );
    case "export":
      return error(
        `PyTorch cannot export the model: ${text}`,
        "Export it by yourself and give the .onnx file.",
      );
    default:
      return error(
        `${python} failed while it exported the model: ${stderr.trim().split("\n").at(-1) || "it does not say why"}`,
        "Export it by yourself and give the .onnx file.",
      );
  }
}
