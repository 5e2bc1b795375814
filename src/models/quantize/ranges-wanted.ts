import { cloneModel } from "../onnx/clone-model.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { valueTypes } from "../onnx/value-types.ts";
import { nameNodes } from "./fold/names.ts";
import { planPlacement } from "./placement/plan.ts";
import { choiceOf } from "./placement/selection.ts";
import type { QuantizationProfile, RangeLookup, Selection } from "./types.ts";

/**
 * The tensors whose ranges `quantize` asks for, with this selection or with more layers left in float (`keep`): fewer than there
 * are, and so is what calibration has to look at. In the order of the graph.
 */
export function rangesWanted(
  model: OnnxModel,
  profile: QuantizationProfile,
  selection: Selection = {},
): string[] {
  const { graph } = cloneModel(model);
  nameNodes(graph);
  const typeOf = valueTypes(graph);
  const asked = new Set<string>();
  const recorder: RangeLookup = {
    has(name) {
      const known = typeOf(name) === "float" && !graph.initializers.has(name);
      if (known) asked.add(name);
      return known;
    },
    get(name) {
      asked.add(name);
      return { min: -1, max: 1 };
    },
  };
  planPlacement(graph, profile, recorder, choiceOf(graph, selection));
  const made = [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  return made.filter((name) => asked.has(name));
}
