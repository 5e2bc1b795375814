import { stat } from "node:fs/promises";
import { errorCode } from "../../base/errors.ts";
import { decodeModel } from "./decode.ts";
import { externalDataOf } from "./external-data.ts";
import { isPyTorch } from "./is-pytorch.ts";
import { ModelFileError } from "./model-error.ts";
import type { OnnxModel } from "./types.ts";

/** Protocol Buffers cannot hold more (protobuf.dev, "Total Size of the Message"); larger weights lie beside the model. */
const MAX_MODEL_BYTES = 2 ** 31;

/** Reads a model and finds its external weights. Rejects with a ModelFileError that names the file. */
export async function readModel(file: string): Promise<OnnxModel> {
  const bytes = await bytesOf(file);
  try {
    return decodeModel(bytes, externalDataOf(file));
  } catch (thrown) {
    if (!(thrown instanceof ModelFileError)) throw thrown;
    const { message, where, hint } = thrown;
    throw new ModelFileError(message, {
      where: where === undefined ? file : `${file}, ${where}`,
      ...(hint !== undefined && { hint: isPyTorch(file) ? EXPORT_IT : hint }),
      cause: thrown,
    });
  }
}

const EXPORT_IT =
  "PyTorch's files are taken by 'deploy-model run' and 'quantize' alone: they export them to ONNX.";

async function bytesOf(file: string): Promise<Uint8Array> {
  const size = await modelFileSize(file);
  if (size < MAX_MODEL_BYTES)
    return await Bun.file(file)
      .bytes()
      .catch((thrown) => unreadable(file, thrown));
  throw new ModelFileError(`the model has ${size} bytes, more than the format can hold (2 GiB)`, {
    where: file,
    hint: "Save it with external data: onnx.save_model(model, file, save_as_external_data=True).",
  });
}

/** Bytes of the model's file. Rejects with a ModelFileError when there is none, or nothing in it. */
export async function modelFileSize(file: string): Promise<number> {
  const facts = await stat(file).catch((thrown: unknown) => unreadable(file, thrown));
  if (facts.isDirectory()) {
    throw new ModelFileError("this is a folder, not a model", {
      where: file,
      hint: "Name the .onnx file in it.",
    });
  }
  if (facts.size === 0) throw new ModelFileError("the model is an empty file", { where: file });
  return facts.size;
}

function unreadable(file: string, thrown: unknown): never {
  const missing = errorCode(thrown) === "ENOENT";
  throw new ModelFileError(
    missing ? "there is no such model" : `the model cannot be read (${errorCode(thrown)})`,
    { where: file, cause: thrown },
  );
}
