import { toError } from "../../base/errors.ts";
import { ModelFileError } from "../onnx/model-error.ts";

/** `/onnxruntime_src/….cc:123 void onnxruntime::f(…) [with T = …] `: where in its source the check stands. */
const SOURCE_PLACE = /\/?\S*onnxruntime_src\/\S+:\d+ [^\n]*?\)(?: const)?(?: \[with [^\]]*\])?:? (?=\S)/g;
const AT_NODE =
  /^Non-zero status code returned while running (\S+) node\. Name:'(.*?)' Status Message: (.*)$/s;

/** The same in short, as newer checks have it: `conv.cc:261 Compute `. */
const SHORT_PLACE = /\b\w+\.(?:cc|h):\d+ \w+ /g;

/** What ONNX Runtime threw as an error about the model: in its own words, without the places in its source. */
export function ortError(thrown: unknown, doing: string, file: string | undefined): ModelFileError {
  const words = toError(thrown).message;
  const { text, node } = toldBy(words);
  const where = [file, node].filter((part) => part !== undefined).join(", ");
  const outOfMemory = /bad_alloc|failed to allocate memory|out of memory/i.test(words);
  return new ModelFileError(`${doing}: ${text}`, {
    ...(where !== "" && { where }),
    ...(outOfMemory && { hint: "There is not enough memory for it. Try a smaller batch or input shape." }),
    cause: thrown,
  });
}

function toldBy(words: string): { text: string; node?: string } {
  const [, opType, name, text] = words.match(AT_NODE) ?? [];
  if (text === undefined) return { text: plain(words) };
  return {
    text: plain(text),
    node: name ? `node "${name}" (${opType})` : `a node without a name (${opType})`,
  };
}

function plain(words: string): string {
  return words
    .replace(/^Load model from .* failed:\s*/s, "")
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, "")
    .replace(SOURCE_PLACE, "")
    .replace(SHORT_PLACE, "")
    .replace(/\s+/g, " ")
    .trim();
}
