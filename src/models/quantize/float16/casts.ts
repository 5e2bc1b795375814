import { attributes, intAttribute } from "../../onnx/attributes.ts";
import { indexGraph } from "../../onnx/graph-index.ts";
import { computedTensor, floatsOf } from "../../onnx/tensor.ts";
import { DATA_TYPES, type Graph, type Node } from "../../onnx/types.ts";
import { type GraphEditor, graphEditor } from "../graph-editor.ts";
import type { Precision, Precisions } from "./precision.ts";
import { LEAST, staysFloat32 } from "./rules.ts";

/** Gives each node its floats in its precision: by one Cast a value where that differs, by other constants for weights. */
export function putCasts(graph: Graph, precisions: Precisions): void {
  const editor = graphEditor(graph);
  const index = indexGraph(graph);
  const constants = halfConstants(editor, precisions);
  const others = new Map<string, string>();
  const casted = (value: string, to: Precision): string => {
    const known = others.get(value);
    if (known !== undefined) return known;
    const name = editor.fresh(`${value}_${to === "float" ? "float32" : "float16"}`);
    others.set(value, name);
    editor.after(index.producer(value), castNode(editor, value, name, to));
    return name;
  };

  for (const node of graph.nodes) {
    const wanted = precisions.of(node);
    if (wanted === undefined) continue;
    node.inputs = node.inputs.map((input, at) => {
      const precision = staysFloat32(node.opType, at) ? "float" : wanted;
      if (graph.initializers.has(input))
        return precision === "float16" ? constants(input, isScale(node, at)) : input;
      const given = precisions.ofValue(input);
      return given === undefined || given === precision ? input : casted(input, precision);
    });
  }
  const kept = keepNames(editor, precisions, others);
  for (const [name, info] of graph.values) {
    if (!kept.has(name) && precisions.ofValue(name) === "float16")
      graph.values.set(name, { ...info, type: "float16" });
  }
  editor.finish();
}

const castNode = (editor: GraphEditor, from: string, to: string, precision: Precision): Node => ({
  name: editor.fresh(`${to}_Cast`),
  opType: "Cast",
  domain: "",
  inputs: [from],
  outputs: [to],
  attributes: attributes(intAttribute("to", DATA_TYPES[precision])),
});

/** The constant in float16, made once; tensors of another type as they are. */
function halfConstants(
  editor: GraphEditor,
  precisions: Precisions,
): (name: string, scale: boolean) => string {
  const made = new Map<string, string>();
  return (name, scale) => {
    const tensor = editor.graph.initializers.get(name)!;
    if (precisions.ofValue(name) === undefined || tensor.type !== "float") return name;
    const known = made.get(name);
    if (known !== undefined) return known;
    const half = editor.constant(`${name}_float16`, (wish) =>
      computedTensor(wish, "float16", tensor.dims, () => halvesOf(floatsOf(tensor), scale)),
    );
    made.set(name, half);
    return half;
  };
}

const isScale = ({ opType }: Node, at: number): boolean =>
  at === 1 && (opType === "QuantizeLinear" || opType === "DequantizeLinear");

/** A scale that float16 would take for zero is the least that it has. */
const halvesOf = (values: Float32Array, scale: boolean): Float16Array =>
  new Float16Array(scale ? values.map((value) => Math.max(value, LEAST)) : values);

/**
 * What the caller or a body sees by its name stays float32 under that name; the float16 behind it takes another. Returns
 * those names.
 */
function keepNames(
  editor: GraphEditor,
  { ofValue }: Precisions,
  others: ReadonlyMap<string, string>,
): Set<string> {
  const { graph } = editor;
  const kept = new Set<string>();
  const index = indexGraph(graph);
  for (const node of [...graph.nodes]) {
    for (const value of node.outputs) {
      if (value === "" || ofValue(value) !== "float16" || !(index.isOutput(value) || index.isCaptured(value)))
        continue;
      kept.add(value);
      const half = editor.fresh(`${value}_float16`);
      const float = others.get(value);
      for (const each of graph.nodes) {
        each.inputs = each.inputs.map((input) => (input === value ? half : input === float ? value : input));
      }
      node.outputs = node.outputs.map((output) => (output === value ? half : output));
      editor.after(node, castNode(editor, half, value, "float"));
    }
  }
  return kept;
}
