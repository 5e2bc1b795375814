import { oneOf } from "../../base/one-of.ts";
import type { InputShape } from "../data/input-shapes.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import type { Failure } from "./failure.ts";
import { untrusted } from "./untrusted.ts";

/** Names the Python that has the user's torch: of a virtual environment, for instance. */
export const PYTHON_VARIABLE = "AGENT2389_PYTHON";

export interface Attempt {
  modelFile: string;
  python: string;
  shapes: readonly InputShape[];
}

/** What people install under another name than they import, and what has no other. */
const PACKAGES = new Map([
  ["torch", "torch onnx"],
  ["ultralytics", "ultralytics onnx"],
  ["cv2", "opencv-python"],
  ["PIL", "pillow"],
  ...["onnx", "onnxscript", "torchvision", "timm", "transformers", "numpy"].map(
    (name) => [name, name] as const,
  ),
]);

/** What the script tells, as an error that can be mended. */
export function explained(failure: Failure, attempt: Attempt): ModelFileError {
  const { modelFile: where } = attempt;
  const { message, hint } = textOf(failure, attempt);
  return new ModelFileError(message, { where, hint });
}

interface Text {
  message: string;
  hint: string;
}

const YOURSELF = "Export it by yourself and give the .onnx file.";

function textOf(failure: Failure, attempt: Attempt): Text {
  const { error, text } = failure;
  switch (error) {
    case "untrusted":
      return untrusted(failure, attempt.python);
    case "missing":
      return missing(text, attempt.python);
    case "code":
      return missingCode(text);
    case "shape":
      return {
        message: "a PyTorch model does not say the shape of its input",
        hint: "Say it: --input-shape 1,3,224,224.",
      };
    case "inputs":
      return wrongInputs(text, attempt.shapes);
    case "weights":
      return weightsOnly(attempt);
    case "compiled":
      return {
        message: "this file holds a model that PyTorch has compiled (AOTInductor): it cannot be exported",
        hint: "Give what it was compiled from: torch.export.save(program, 'model.pt2'), or an .onnx file.",
      };
    case "foreign":
      return {
        message: `this is no PyTorch model, or it is damaged: ${shortened(text)}`,
        hint: "Was it downloaded completely? Give what torch.save, torch.jit.save or torch.export.save wrote.",
      };
    case "damaged":
      return {
        message: `PyTorch cannot read the model: ${shortened(text)}`,
        hint: "Was it downloaded completely? Was it written by another version of PyTorch?",
      };
    default:
      return { message: `PyTorch cannot export the model: ${shortened(text)}`, hint: YOURSELF };
  }
}

function missing(name: string, python: string): Text {
  const known = PACKAGES.get(name);
  if (known === undefined) return missingCode(name);
  return {
    message: `exporting it takes the Python package ${name}, which ${python} does not have`,
    hint: `Install it: ${python} -m pip install ${known}. Another Python: ${PYTHON_VARIABLE}=/path/to/venv/bin/python.`,
  };
}

/** Whatever the file names is no reason to install a package of that name. */
const missingCode = (text: string): Text => ({
  message: `Python does not find the code of the model, which the file only names: ${shortened(text)}`,
  hint: `Put the folder with that code on PYTHONPATH. Where it was defined in a script or notebook: export it there, torch.onnx.export(model, example, 'model.onnx').`,
});

const wrongInputs = (text: string, shapes: readonly InputShape[]): Text => ({
  message: `the model does not run with ${shapes.length === 1 ? "an input" : "inputs"} of ${oneOf(
    shapes.map(({ name, dims }) => `${name === undefined ? "" : `${name}: `}${dims.join("×")}`),
    "and",
  )}: ${shortened(text)}`,
  hint: "Say the shape that it was trained with, and one for each input: --input-shape 1,3,224,224.",
});

function weightsOnly({ shapes }: Attempt): Text {
  const dims = shapes[0]?.dims.join(", ") ?? "1, 3, 224, 224";
  return {
    message: "this file holds weights without the model that they belong to (a state_dict)",
    hint: `In Python, where the model's class is: model.load_state_dict(torch.load(file)); torch.onnx.export(model.eval(), torch.zeros(${dims}), 'model.onnx'). Then give the .onnx file.`,
  };
}

const MOST = 300;

/** PyTorch's errors have pages: what happened stands in the first line, or below "Exception summary". */
export function shortened(text: string): string {
  const plain = Bun.stripANSI(text);
  const summary = /## Exception summary\s+(.+)/.exec(plain)?.[1];
  const line = (summary ?? plain.trim().split("\n")[0] ?? "").trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}
