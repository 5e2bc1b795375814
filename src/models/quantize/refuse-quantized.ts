import { ModelFileError } from "../onnx/model-error.ts";
import type { Graph } from "../onnx/types.ts";

/** Throws a ModelFileError for a model that says its own precision: it is not to be given another. */
export function refuseQuantized({ nodes }: Graph): void {
  const found = nodes.find(({ opType }) =>
    /^(QuantizeLinear|DequantizeLinear|QLinear.*|DynamicQuantize.*)$/.test(opType),
  );
  if (!found) return;
  throw new ModelFileError(`the model is quantized already: it has ${found.opType}`, {
    where: found.name || found.outputs[0]!,
    hint: "Deploy it as it is, with --precision fp32, or give the float model that it was made from.",
  });
}
