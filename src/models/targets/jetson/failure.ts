/** Why trtexec failed, in its own words. */
export interface TrtexecFailure {
  message: string;
  /** The node of the model, or the layer of the network, that it names. */
  layer?: string;
  /** model: it does not take the model; engine: it cannot load the engine; device: there is no GPU to work with. */
  kind: "model" | "memory" | "device" | "engine" | "option";
}

const MAX_MESSAGE = 600;

/**
 * Reads the log of a trtexec that failed. Forms: logger.cpp and logging.h in TensorRT's samples (`[date] [E] [TRT] text`),
 * ModelImporter.cpp of onnx-tensorrt for the node (`While parsing node number 146 [Tile -> "out"]:`, then the node itself).
 */
export function failureIn(output: string, code: number): TrtexecFailure {
  const errors = errorsIn(output);
  const told = errors.find((text) => !NOISE.test(text)) ?? bareError(output) ?? errors[0];
  const layer = layerIn(output);
  const message = clip(told === undefined ? endedText(code) : plain(told));
  return { message, ...(layer !== undefined && { layer }), kind: kindOf(output, code) };
}

/** Says that something failed, not why. */
const NOISE =
  /^(Failed to parse|Parsing model failed|Failed to create engine|Engine (set up failed|could not be created)|Building engine failed|Inference set up failed|Error occurred during inference|Engine deserialization failed|Got invalid engine|(\S+: )?(While parsing node number|--- (Begin|End) node))/;

const LINE = /^(?:\[[^\]]*\d:\d[^\]]*\] )?\[([A-Z])\] (.*)$/;

/** What was logged as an error, each with the lines that belong to it. */
function errorsIn(output: string): string[] {
  const found: string[] = [];
  let within = false;
  for (const line of output.split("\n")) {
    const [, severity, text = ""] = LINE.exec(line) ?? [];
    if (severity !== undefined) {
      within = severity === "E" || severity === "F";
      if (within) found.push(text.replace(/^\[TRT\] /, "").replace(/^Error\[\d+\]: /, ""));
    } else if (line.startsWith("&&&&")) within = false;
    else if (within && line.trim() !== "") found[found.length - 1] += `\n${line.trim()}`;
  }
  return found;
}

/** What comes without a severity: of CUDA, and of exceptions that nothing caught. */
const bareError = (output: string): string | undefined =>
  /^.*(?:Cuda failure|terminate called|what\(\):|error while loading shared libraries|Cannot find any available devices).*$/m
    .exec(output)?.[0]
    .trim();

/** Without the place in TensorRT's own source, which helps nobody else. */
const plain = (text: string): string =>
  text
    .replace(/^\S+\.\w+:\d+: /, "")
    .replace(/^ERROR: \S+ In function \S+:\n?/, "")
    .replace(/^\[\d+\] /, "")
    .replace(/^\[\S+::\S+::\d+\] /, "")
    .replaceAll("\n", "; ");

function layerIn(output: string): string | undefined {
  const parsed = /While parsing node number (\d+) \[(\w+)(?: -> "([^"\n]*)")?\]/.exec(output);
  if (parsed) {
    const [, number, operator, made] = parsed;
    const name = /^name: "([^"\n]+)"$/m.exec(output.slice(parsed.index))?.[1] ?? made;
    return `${name || `number ${number}`} (${operator})`;
  }
  const inNode = /In node (\d+) with name: (.*?) and operator: (\w+)/.exec(output);
  if (inNode) return `${inNode[2] || `number ${inNode[1]}`} (${inNode[3]})`;
  return (
    /Could not find any implementation for node (.+?)\.\)?$/m.exec(output)?.[1] ??
    /Error Code \d+: [\w ]*\(([^\s:()][^:()\n]*): /.exec(output)?.[1]
  );
}

function kindOf(output: string, code: number): TrtexecFailure["kind"] {
  if (code === 137 || /out of memory|OutOfMemory|insufficient (device )?memory|bad_alloc/i.test(output))
    return "memory";
  if (
    /Cuda failure|CUDA (initialization|driver)|no CUDA-capable|Cannot find any available devices|loading shared libraries/.test(
      output,
    )
  )
    return "device";
  if (/^.*\[E\] Unknown option: /m.test(output)) return "option";
  if (/deseriali[sz]|kPLAN_MAGIC_TAG|Serialization|invalid engine/i.test(output)) return "engine";
  return "model";
}

const endedText = (code: number): string =>
  code > 128 ? `it was ended by signal ${code - 128}` : `it ended with status ${code} and said nothing`;

const clip = (text: string): string => (text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`);
