import { type GraphIndex, redirect } from "../onnx/graph-index.ts";
import { floatsOf, tensorOf } from "../onnx/tensor.ts";
import type { Node, Tensor } from "../onnx/types.ts";
import { dequantized, type GraphEditor, linearNode } from "./graph-editor.ts";
import type { Plan, PlannedValue } from "./placement/plan.ts";
import { PLACEMENTS } from "./placement/table.ts";
import { activationScale, roundToEven } from "./scales.ts";
import type { ActivationScale, QuantizationProfile } from "./types.ts";

type Activations = QuantizationProfile["activations"];

/** A zero point. */
export const integerOf = (name: string, value: number, activations: Activations): Tensor =>
  activations === "s8-symmetric"
    ? tensorOf(name, "int8", [], Int8Array.of(value))
    : tensorOf(name, "uint8", [], Uint8Array.of(value));

/** Puts Q and DQ behind each planned value; their scales, by the value. */
export function quantizeActivations(
  editor: GraphEditor,
  plan: Plan,
  index: GraphIndex,
  activations: Activations,
): Map<string, ActivationScale> {
  const scales = new Map<string, ActivationScale>();
  const shared = new Map<string, [scale: string, zeroPoint: string]>();
  for (const [value, planned] of plan.values) {
    const scale = activationScale(value, plan.rangeOf(value), activations);
    const group = plan.groupOf(value);
    const names = shared.get(group) ?? [
      editor.constant(`${group}_scale`, (name) => tensorOf(name, "float", [], Float32Array.of(scale.scale))),
      editor.constant(`${group}_zero_point`, (name) => integerOf(name, scale.zeroPoint, activations)),
    ];
    shared.set(group, names);
    scales.set(value, scale);
    putPair(editor, index, value, planned, names);
  }
  return scales;
}

function putPair(
  editor: GraphEditor,
  index: GraphIndex,
  value: string,
  { takers }: PlannedValue,
  [scale, zeroPoint]: [string, string],
): void {
  const producer = index.producer(value);
  const visible = takers === "everyone" && (index.isOutput(value) || index.isCaptured(value));
  const integers = editor.fresh(`${value}_quantized`);
  const dequantized = visible ? value : editor.fresh(`${value}_dequantized`);
  redirect(takers === "everyone" ? index.consumers(value) : takers, value, dequantized);
  // Who sees the value by its name, the caller or a body, gets what comes out of DQ under that name.
  const source = visible ? editor.fresh(`${value}_float`) : value;
  if (visible) producer!.outputs = producer!.outputs.map((output) => (output === value ? source : output));
  editor.after(
    producer,
    linearNode(
      "QuantizeLinear",
      editor.fresh(`${value}_QuantizeLinear`),
      [source, scale, zeroPoint],
      integers,
    ),
    linearNode(
      "DequantizeLinear",
      editor.fresh(`${value}_DequantizeLinear`),
      [integers, scale, zeroPoint],
      dequantized,
    ),
  );
}

/** Puts integers and DQ in the place of the constants among a node's data: the operand of an Add, a part of a Concat. */
export function quantizeConstants(editor: GraphEditor, node: Node, activations: Activations): void {
  const data = PLACEMENTS.get(node.opType)!.data;
  node.inputs.forEach((input, at) => {
    if (data !== "all" && !data.includes(at)) return;
    const tensor = editor.graph.initializers.get(input);
    if (tensor?.type !== "float") return;
    const values = floatsOf(tensor);
    const { scale, zeroPoint } = activationScale(input, extent(values), activations);
    const [least, greatest] = activations === "s8-symmetric" ? [-127, 127] : [0, 255];
    const near = (value: number): number =>
      Math.max(least!, Math.min(greatest!, roundToEven(value / scale) + zeroPoint));
    const added = dequantized(editor, node, at, input, {
      tensor: (name) =>
        activations === "s8-symmetric"
          ? tensorOf(name, "int8", tensor.dims, Int8Array.from(values, near))
          : tensorOf(name, "uint8", tensor.dims, Uint8Array.from(values, near)),
      scales: Float32Array.of(scale),
      axis: undefined,
      zeroPoint: (name) => integerOf(name, zeroPoint, activations),
    });
    editor.before(node, added);
  });
}

function extent(values: Float32Array): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) return { min: value, max: value };
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
