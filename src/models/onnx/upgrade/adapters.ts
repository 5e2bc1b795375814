import { attributes, intAttribute, intOf, stringAttribute, stringOf } from "../attributes.ts";
import type { Node } from "../types.ts";
import type { UpgradeContext } from "./types.ts";

/** Changes of meaning, each for an operator or a family. */

/** BatchNormalization-9 dropped `spatial`: statistics for each pixel are no more. */
export function dropSpatial(node: Node, context: UpgradeContext): void {
  if (intOf(node, "spatial", 1) === 0)
    context.refuse(node, "it normalizes each position on its own (spatial=0)");
  node.attributes.delete("spatial");
}

/** BatchNormalization-14 says by an attribute that it is in training, and then has three outputs; before, by five. */
export function sayTraining(node: Node, context: UpgradeContext): void {
  if (node.outputs.length === 1) return;
  const [, , , ...saved] = node.outputs;
  if (saved.some(context.isTaken)) context.refuse(node, "what it saves for its training is taken");
  node.attributes.set("training_mode", intAttribute("training_mode", 1));
  node.outputs = ["y", "mean", "variance"].map(
    (role, at) => node.outputs[at] || context.fresh(`${node.name}_${role}`),
  );
}

/** Dropout-12 has its ratio as an input; a model that is run, not trained, drops nothing. */
export function dropRatio(node: Node): void {
  node.attributes.delete("ratio");
}

/** Upsample is Resize since opset 10; its factors are 1 or more (Upsample-9). */
export function upsampleToResize(node: Node, context: UpgradeContext): void {
  node.opType = "Resize";
  context.enlarging.add(node);
}

/**
 * Resize-11 lets one choose how places are found; before, they were x / scale, rounded down, and up where the image gets
 * smaller (as ONNX Runtime does it: the specification leaves it open).
 */
export function legacyCoordinates(node: Node, context: UpgradeContext): void {
  const [data, scales] = node.inputs;
  node.inputs = [data!, "", scales!];
  setString(node, "coordinate_transformation_mode", "asymmetric");
  if (stringOf(node, "mode", "nearest") !== "nearest") return;
  setString(node, "nearest_mode", shrinks(node, scales!, context) ? "ceil" : "floor");
}

function shrinks(node: Node, scales: string, context: UpgradeContext): boolean {
  if (context.enlarging.has(node)) return false;
  const factors =
    context.floatsOf(scales) ??
    context.refuse(node, "its factors are worked out as the model runs, and they say how it rounds");
  const [smaller, larger] = [factors.some((factor) => factor < 1), factors.some((factor) => factor > 1)];
  if (smaller && larger) context.refuse(node, "it makes one side smaller and another larger");
  return smaller;
}

const setString = (node: Node, name: string, value: string): void => {
  node.attributes.set(name, stringAttribute(name, value));
};

/** Scatter is ScatterElements since opset 11. */
export function renameScatter(node: Node): void {
  node.opType = "ScatterElements";
}

/** RoiAlign-16: the default is half a pixel off from that of before. */
export function legacyRoi(node: Node): void {
  setString(node, "coordinate_transformation_mode", "output_half_pixel");
}

/** GridSample-20 named its modes anew. */
export function renameGridModes(node: Node): void {
  const names = new Map([
    ["bilinear", "linear"],
    ["bicubic", "cubic"],
  ]);
  const mode = stringOf(node, "mode", "bilinear");
  setString(node, "mode", names.get(mode) ?? mode);
}

/** Split-18 wants the number of parts where it has not their lengths. */
export function countParts(node: Node): void {
  if (node.inputs[1]) return;
  node.attributes.set("num_outputs", intAttribute("num_outputs", node.outputs.length));
}

/** Loop, If, GroupNormalization and the like, where old nodes cannot be said in the new form. */
export const notPossible =
  (why: string) =>
  (node: Node, context: UpgradeContext): never =>
    context.refuse(node, why);

/**
 * Softmax-13 works along one axis; before, it took all axes from that one on as one. The same unless the axis is not
 * the last: then the value is flattened and put back.
 */
export function softmaxOverTheRest(node: Node, context: UpgradeContext): Node[] {
  const axis = intOf(node, "axis", 1);
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  const rank = context.rankOf(input);
  if (axis === -1 || (rank !== undefined && (axis + rank) % rank === rank - 1)) {
    node.attributes.set("axis", intAttribute("axis", -1));
    return [node];
  }
  const [flat, soft, shape] = ["flat", "softmax", "shape"].map((role) => context.fresh(`${output}_${role}`));
  const part = (
    opType: string,
    inputs: string[],
    result: string,
    ...given: Parameters<typeof attributes>
  ): Node => ({
    name: context.fresh(`${node.name || output}_${opType}`),
    opType,
    domain: "",
    inputs,
    outputs: [result],
    attributes: attributes(...given),
  });
  return [
    part("Shape", [input], shape!),
    part("Flatten", [input], flat!, intAttribute("axis", axis)),
    { ...node, inputs: [flat!], outputs: [soft!], attributes: attributes(intAttribute("axis", -1)) },
    part("Reshape", [soft!, shape!], output),
  ];
}
