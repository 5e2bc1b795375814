import { cloneModel, closeInitializers } from "../onnx/clone-model.ts";
import { indexGraph, prune } from "../onnx/graph-index.ts";
import { ranksOf } from "../onnx/ranks.ts";
import type { Node, OnnxModel } from "../onnx/types.ts";
import { quantizeActivations, quantizeConstants } from "./activations.ts";
import { nameNodes } from "./fold/names.ts";
import { graphEditor } from "./graph-editor.ts";
import { quantizeLayer } from "./layer.ts";
import { isLayer } from "./placement/is-layer.ts";
import { planPlacement } from "./placement/plan.ts";
import { choiceOf } from "./placement/selection.ts";
import { refuseQuantized } from "./refuse-quantized.ts";
import { shieldFloatLayers } from "./shield-float.ts";
import { shieldMatMuls } from "./shield-matmul.ts";
import type { LayerReport, QuantizationProfile, Quantized, Ranges, Selection } from "./types.ts";

/** The first opset with a scale for each channel (QuantizeLinear-13). */
const LEAST_OPSET = 13;

/**
 * The model with Q/DQ where the profile's engine makes integer kernels of them, by the placement table. `ranges` are
 * those of the same model, as `prepare` gives it: opset 13 or later, constants folded. The same model, ranges and options
 * give the same bytes. Throws a ModelFileError that names the tensor for weights and ranges that are not finite.
 */
export function quantize(
  model: OnnxModel,
  ranges: Ranges,
  profile: QuantizationProfile,
  selection: Selection = {},
): Quantized {
  refuseQuantized(model.graph);
  if ((model.opsets.get("") ?? 0) < LEAST_OPSET)
    throw new Error(`quantize takes opset ${LEAST_OPSET} or later`);
  const quantized = cloneModel(model);
  closeInitializers(quantized);
  const { graph } = quantized;
  nameNodes(graph);
  const plan = planPlacement(graph, profile, ranges, choiceOf(graph, selection));
  const editor = graphEditor(graph);
  const [index, rankOf] = [indexGraph(graph), ranksOf(graph)];
  const weighted = new Set(plan.weighted);
  const inputs = new Map(plan.weighted.map((node) => [node, node.inputs[0]!]));
  const scales = quantizeActivations(editor, plan, index, profile.activations);
  if (profile.engine === "onnxruntime") {
    shieldMatMuls(editor, { index, rankOf }, plan.weighted);
    for (const node of plan.active)
      if (!weighted.has(node)) quantizeConstants(editor, node, profile.activations);
  }
  const layers = graph.nodes.filter(isLayer).map((node): LayerReport => {
    if (weighted.has(node)) {
      const input = inputs.get(node)!;
      const taken = { scale: scales.get(input)!.scale, means: ranges.get(input)?.means };
      const { nodes, report } = quantizeLayer(editor, node, taken, profile);
      editor.before(node, ...nodes);
      return report;
    }
    return {
      name: node.name,
      opType: node.opType,
      precision: "float",
      reason: reasonOf(node, plan.refusals, profile),
    };
  });
  editor.finish();
  if (profile.engine === "onnxruntime")
    shieldFloatLayers(
      graph,
      graph.nodes.filter((node) => isLayer(node) && !weighted.has(node)),
    );
  prune(graph);
  return { model: quantized, layers, scales };
}

const reasonOf = (node: Node, refusals: ReadonlyMap<Node, string>, { engine }: QuantizationProfile): string =>
  refusals.get(node) ??
  `${engine === "onnxruntime" ? "ONNX Runtime's CPU kernels" : "TensorRT's kernels"} do not have it in integers`;
