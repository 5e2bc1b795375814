import { floatsOf, tensorOf } from "../onnx/tensor.ts";
import type { Node } from "../onnx/types.ts";
import { integerBias } from "./bias.ts";
import { dequantized, type GraphEditor } from "./graph-editor.ts";
import type { QuantizationProfile } from "./types.ts";
import { refuseNotFinite } from "./weights.ts";

/** The bias of a layer; undefined where there is none, or none that is constant. */
export function constantBias({ graph }: GraphEditor, node: Node): Float32Array | undefined {
  const tensor = graph.initializers.get(node.inputs[2] ?? "");
  if (tensor?.type !== "float") return undefined;
  const bias = floatsOf(tensor);
  refuseNotFinite(tensor.name, bias);
  return bias;
}

export interface BiasPlan {
  bias: Float32Array | undefined;
  /** To be taken off it; see `meanShift`. */
  shift: Float64Array | undefined;
  form: QuantizationProfile["bias"];
  /** Input scale × weight scale. */
  steps: Float32Array;
  /** Undefined: one step for all. */
  axis: number | undefined;
}

/** Gives the layer its bias, less the shift, in its form; a DQ node where that is in integers. */
export function putBias(
  editor: GraphEditor,
  node: Node,
  { bias, shift, form, steps, axis }: BiasPlan,
): Node[] {
  const values = shifted(node, bias, shift);
  if (values === undefined) return [];
  const wish = node.inputs[2] || `${node.name}_bias`;
  if (form === "int32") {
    const integers = integerBias(values, steps);
    return [
      dequantized(editor, node, 2, wish, {
        tensor: (name) => tensorOf(name, "int32", [values.length], integers),
        scales: steps,
        axis: axis === undefined ? undefined : 0,
      }),
    ];
  }
  if (values !== bias) {
    node.inputs[2] = editor.constant(`${wish}_corrected`, (name) =>
      tensorOf(name, "float", [values.length], values),
    );
  }
  return [];
}

function shifted(
  node: Node,
  bias: Float32Array | undefined,
  shift: Float64Array | undefined,
): Float32Array | undefined {
  if (!shift?.some((value) => value !== 0)) return bias;
  if (bias === undefined) return node.inputs[2] ? undefined : Float32Array.from(shift, (value) => -value);
  return bias.length === shift.length ? bias.map((value, channel) => value - shift[channel]!) : bias;
}
