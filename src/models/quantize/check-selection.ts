import { UsageError } from "../../base/errors.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { isLayer } from "./placement/is-layer.ts";
import { choiceOf } from "./placement/selection.ts";
import type { Selection } from "./types.ts";

/** Throws a UsageError for names that nothing in the model has, before anything long begins. `model`: as prepared. */
export function checkSelection({ graph }: OnnxModel, selection: Selection): void {
  const { named } = choiceOf(graph, selection);
  const { only } = selection;
  if (only === undefined || graph.nodes.some((node) => isLayer(node) && named(node))) return;
  throw new UsageError(`no layer with weights is ${only.map((name) => `"${name}"`).join(" or ")}`, {
    hint: "'deploy-model inspect --layers' lists the layers.",
  });
}
