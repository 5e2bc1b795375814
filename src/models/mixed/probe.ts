import { attributes, intAttribute } from "../onnx/attributes.ts";
import { cloneModel, cloneNode, closeInitializers } from "../onnx/clone-model.ts";
import { indexGraph } from "../onnx/graph-index.ts";
import { tensorOf } from "../onnx/tensor.ts";
import { DATA_TYPES, type Node, type OnnxModel } from "../onnx/types.ts";
import { integerOf } from "../quantize/activations.ts";
import { nameNodes } from "../quantize/fold/names.ts";
import { type GraphEditor, graphEditor, linearNode } from "../quantize/graph-editor.ts";
import { quantizeLayer } from "../quantize/layer.ts";
import { type Plan, planPlacement } from "../quantize/placement/plan.ts";
import { choiceOf } from "../quantize/placement/selection.ts";
import { activationScale } from "../quantize/scales.ts";
import type { QuantizationProfile, Ranges, Selection } from "../quantize/types.ts";

/** A model in which one layer at a time can be quantized, by a number that is given to it. */
export interface Probe {
  model: OnnxModel;
  /** Name of the added input: an int64 without dimensions, the place of the layer in `layers`; -1: all in float. */
  input: string;
  layers: { name: string; opType: string }[];
}

/**
 * The float model with a quantized twin of each layer beside it: the twin quantizes the layer's input, works with integer
 * weights and quantizes what it gives, as the layer would. What goes on is y + g·(ŷ − y), with g = 1 for the chosen layer
 * and 0 for all others. A run costs some two and a half of the float model's, and there is one model to load, not one for
 * each layer.
 */
export function sensitivityProbe(
  model: OnnxModel,
  ranges: Ranges,
  profile: QuantizationProfile,
  selection: Selection = {},
): Probe {
  const probe = cloneModel(model);
  closeInitializers(probe);
  const { graph } = probe;
  nameNodes(graph);
  const plan = planPlacement(graph, profile, ranges, choiceOf(graph, selection));
  const index = indexGraph(graph);
  const editor = graphEditor(graph);
  const input = editor.fresh("quantized_layer");
  graph.inputs.push({ name: input, type: "int64", dims: [] });
  const layers = plan.weighted.map((node, place) => {
    const end = plan.endOf(node);
    const fused = index.consumers(node.outputs[0]!).filter(({ outputs }) => end === outputs[0]);
    const own = renameEnd(editor, [node, ...fused].at(-1)!, end);
    const twin = twinOf(editor, [node, ...fused], end, plan, { profile, ranges });
    editor.after(
      index.producer(end),
      ...twin,
      ...mix(editor, own, twin.at(-1)!.outputs[0]!, end, gate(editor, input, place)),
    );
    return { name: node.name, opType: node.opType };
  });
  editor.finish();
  return { model: probe, input, layers };
}

/** What the layer itself gives, under another name: its own goes to the mixture. */
function renameEnd(editor: GraphEditor, last: Node, end: string): string {
  const own = editor.fresh(`${end}_own`);
  last.outputs[0] = own;
  return own;
}

/** Copies of the layer's nodes, from Q of its input to DQ of its output. */
function twinOf(
  editor: GraphEditor,
  nodes: readonly Node[],
  end: string,
  plan: Plan,
  { profile, ranges }: { profile: QuantizationProfile; ranges: Ranges },
): Node[] {
  const input = nodes[0]!.inputs[0]!;
  const twin = pair(editor, input, input, plan, profile);
  const { scale } = activationScale(input, plan.rangeOf(input), profile.activations);
  const taken = { scale, means: ranges.get(input)?.means };
  for (const node of nodes) {
    const copy = { ...cloneNode(node), name: editor.fresh(`${node.name}_twin`) };
    copy.inputs[0] = twin.at(-1)!.outputs[0]!;
    copy.outputs = [editor.fresh(`${copy.name}_output`)];
    if (node === nodes[0]) twin.push(...quantizeLayer(editor, copy, taken, profile).nodes);
    twin.push(copy);
  }
  if (plan.values.has(end)) twin.push(...pair(editor, twin.at(-1)!.outputs[0]!, end, plan, profile));
  return twin;
}

/** Q and DQ of a value, with the scale that another value has in the plan. */
function pair(
  editor: GraphEditor,
  value: string,
  like: string,
  plan: Plan,
  { activations }: QuantizationProfile,
): Node[] {
  const { scale, zeroPoint } = activationScale(like, plan.rangeOf(like), activations);
  const parameters = [
    editor.constant(`${value}_probe_scale`, (name) => tensorOf(name, "float", [], Float32Array.of(scale))),
    editor.constant(`${value}_probe_zero_point`, (name) => integerOf(name, zeroPoint, activations)),
  ];
  const [integers, floats] = [editor.fresh(`${value}_probe_quantized`), editor.fresh(`${value}_probe`)];
  return [
    linearNode("QuantizeLinear", editor.fresh(`${integers}_Q`), [value, ...parameters], integers),
    linearNode("DequantizeLinear", editor.fresh(`${floats}_DQ`), [integers, ...parameters], floats),
  ];
}

/** Nodes that give 1 where the input is this place, else 0. */
function gate(editor: GraphEditor, input: string, place: number): Node[] {
  const number = editor.constant(`${input}_${place}`, (name) =>
    tensorOf(name, "int64", [], BigInt64Array.of(BigInt(place))),
  );
  const [equal, float] = [editor.fresh(`${number}_chosen`), editor.fresh(`${number}_gate`)];
  return [
    nodeOf(editor, "Equal", [input, number], equal),
    nodeOf(editor, "Cast", [equal], float, attributes(intAttribute("to", DATA_TYPES.float))),
  ];
}

function mix(editor: GraphEditor, own: string, twin: string, end: string, gating: Node[]): Node[] {
  const [difference, share] = [editor.fresh(`${end}_difference`), editor.fresh(`${end}_share`)];
  return [
    ...gating,
    nodeOf(editor, "Sub", [twin, own], difference),
    nodeOf(editor, "Mul", [difference, gating.at(-1)!.outputs[0]!], share),
    nodeOf(editor, "Add", [own, share], end),
  ];
}

const nodeOf = (
  editor: GraphEditor,
  opType: string,
  inputs: string[],
  output: string,
  given: Node["attributes"] = new Map(),
): Node => ({
  name: editor.fresh(`${output}_${opType}`),
  opType,
  domain: "",
  inputs,
  outputs: [output],
  attributes: given,
});
