import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Env } from "../../base/env.ts";
import { ExpectedError, errorCode } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import type { ProgramResult } from "../../base/run-program.ts";
import { systemReason } from "../../base/system-error.ts";
import * as z from "../../base/zod.ts";
import type { InputShape } from "../data/input-shapes.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { World } from "../targets/types.ts";
import { explained, PYTHON_VARIABLE, shortened } from "./explain.ts";
import { failureIn } from "./failure.ts";
import { EXPORT_SCRIPT } from "./script.ts";

export interface ExportRequest {
  /** .pt, .pth, .pt2 or .torchscript */
  modelFile: string;
  /** The file to write. */
  onnxFile: string;
  /** Where the exporter may leave what it likes. */
  folder: string;
  shapes: readonly InputShape[];
  /** Whether loading the model may run the code that it holds. */
  trusted: boolean;
  onLine(line: string): void;
}

export interface Exported {
  /** Of PyTorch. */
  version: string;
  /** `file:line` of branches in the model's code that depend on its values: the ONNX model goes one way always. */
  branches: string[];
}

/**
 * Exports a PyTorch model to ONNX by the user's own Python. What would run code that is in the file is not loaded unless it
 * is trusted. Rejects with an ExpectedError that says what is missing.
 */
export async function exportModel(request: ExportRequest, world: World): Promise<Exported> {
  const { modelFile, onnxFile, folder, shapes, trusted, onLine } = request;
  const python = findPython(world);
  const copy = join(folder, basename(modelFile));
  await copied(modelFile, copy);
  const named = shapes.map(({ name = null, dims }) => [name, dims]);
  const trust = trusted ? "trusted" : "untrusted";
  const ran = await world.runProgram({
    argv: [python, "-c", EXPORT_SCRIPT, copy, onnxFile, JSON.stringify(named), dirname(modelFile), trust],
    env: environment(world.env, trusted),
    cwd: folder,
    signal: world.signal,
    onLine: (line) => (line.trim() === "" || line.startsWith("{") ? undefined : onLine(line)),
  });
  return outcomeOf(ran, { modelFile, onnxFile, python, shapes });
}

/** Ultralytics by itself installs packages as it exports, asks the network, and has its safe loader turned off. */
const environment = (env: Env, trusted: boolean): Env => ({
  YOLO_AUTOINSTALL: "false",
  YOLO_OFFLINE: "true",
  ...env,
  PYTHONUNBUFFERED: "1",
  ...(!trusted && { ULTRALYTICS_SAFE_LOAD: "true" }),
});

const exportedSchema = () => z.object({ ok: z.string(), branches: z.array(z.string()) });

async function outcomeOf(
  { code, stdout, stderr }: ProgramResult,
  { onnxFile, ...attempt }: Pick<ExportRequest, "modelFile" | "onnxFile" | "shapes"> & { python: string },
): Promise<Exported> {
  const said = parseJson(stdout.trim().split("\n").at(-1) ?? "");
  const { data } = exportedSchema().safeParse(said);
  if (code === 0 && data && (await Bun.file(onnxFile).exists()))
    return { version: data.ok, branches: data.branches };
  const failure = failureIn(said);
  if (failure) throw explained(failure, attempt);
  const last = shortened(stderr.trim().split("\n").at(-1) ?? "");
  throw new ModelFileError(
    `${attempt.python} failed while it exported the model: ${last === "" ? `it ended with status ${code}` : last}`,
    { where: attempt.modelFile, hint: "Export it by yourself and give the .onnx file." },
  );
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
