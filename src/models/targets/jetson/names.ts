import { ModelFileError } from "../../onnx/model-error.ts";

/**
 * The name of an input as trtexec reads it in `name:shape` and `name:file`: one with a colon in single quotes
 * (`trtexec --help`, "Input names can be wrapped with single quotes"). Its lists are split at commas first, and its JSON
 * has names as they are: there is no way to write some.
 */
export function trtexecName(name: string): string {
  checkTrtexecName(name);
  return name.includes(":") ? `'${name}'` : name;
}

/** Throws a ModelFileError for the name of an input or output that trtexec can neither take nor tell. */
export function checkTrtexecName(name: string): void {
  if (!/[,'"\\\p{Cc}]/u.test(name)) return;
  throw new ModelFileError(
    "trtexec cannot be told this name: it holds a comma, a quote, or a control character",
    {
      where: name,
      hint: "Give the inputs and outputs other names when you export the model.",
    },
  );
}
