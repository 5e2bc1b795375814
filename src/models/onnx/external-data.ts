import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { isInsideFolder } from "../../base/inside-folder.ts";
import { ModelFileError } from "./model-error.ts";
import type { ExternalData } from "./tensor-proto.ts";

/**
 * Weights in files beside the model. A location stays inside the model's folder, links followed: a model that comes from
 * elsewhere must not read the files of this machine (ONNX, docs/ExternalData.md).
 */
export function externalDataOf(modelFile: string): ExternalData {
  const folder = realpathSync(dirname(modelFile));
  return ({ location, offset, length }, tensor) => {
    const file = insideFolder(folder, location, tensor);
    const fd = openSync(file, "r");
    try {
      const facts = fstatSync(fd);
      if (!facts.isFile())
        throw new ModelFileError(`what should hold its values, ${file}, is no file`, { where: tensor });
      const { size } = facts;
      if (offset + length > size) {
        throw new ModelFileError(`${file} ends before its values do (${offset + length} > ${size} bytes)`, {
          where: tensor,
          hint: "Copy the file with the weights again, completely.",
        });
      }
      return readFully(fd, offset, length);
    } finally {
      closeSync(fd);
    }
  };
}

function insideFolder(folder: string, location: string, tensor: string): string {
  let file: string;
  try {
    file = realpathSync(join(folder, location));
  } catch (cause) {
    throw new ModelFileError(`the file with its values, ${location}, cannot be read (${errorCode(cause)})`, {
      where: tensor,
      hint: `Put ${location} beside the model.`,
      cause,
    });
  }
  if (isInsideFolder(folder, file)) return file;
  throw new ModelFileError(`the file with its values, ${location}, lies outside the model's folder`, {
    where: tensor,
    hint: "A model may only name files beside it. Do not trust this one without a look at it.",
  });
}

/** One read takes 2 GiB at most (read(2)). */
const CHUNK = 1 << 30;

function readFully(fd: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = readSync(fd, bytes, at, Math.min(CHUNK, length - at), offset + at);
    if (read === 0) throw new ModelFileError("the file with the weights became shorter while it was read");
    at += read;
  }
  return bytes;
}
