import { floatOf, intOf, intsOf } from "../attributes.ts";
import type { Node } from "../types.ts";
import type { Rewrite, UpgradeContext } from "./types.ts";

/** Attributes that became inputs: the most frequent kind of change between opsets. */

function setInput(node: Node, at: number, value: string): void {
  while (node.inputs.length < at) node.inputs.push("");
  node.inputs[at] = value;
}

/** A list of integers that moves to an input; where it is left out, so is the input. */
export const integersToInput =
  (attribute: string, at: number): Rewrite =>
  (node, context) => {
    const values = intsOf(node, attribute);
    node.attributes.delete(attribute);
    if (values) setInput(node, at, context.integers(node, attribute, values));
  };

/** TopK's k (opset 10): one integer, as a list of one. */
export const countToInput: Rewrite = (node, context) => {
  const count = intOf(node, "k", -1);
  if (count < 0) context.refuse(node, "it does not say how many elements it takes (k)");
  node.attributes.delete("k");
  setInput(node, 1, context.integers(node, "k", [count]));
};

/** Slice (opset 10): starts, ends, axes. */
export const sliceToInputs: Rewrite = (node, context) => {
  integersToInput("starts", 1)(node, context);
  integersToInput("ends", 2)(node, context);
  integersToInput("axes", 3)(node, context);
};

/** Pad (opset 11): pads, and the constant where it is not 0. */
export const padToInputs: Rewrite = (node, context) => {
  integersToInput("pads", 1)(node, context);
  floatToInput("value", 2, 0)(node, context);
};

/** Clip (opset 11): the bounds; the defaults, which are the bounds of float, stay left out. */
export const boundsToInputs: Rewrite = (node, context) => {
  floatToInput("min", 1, undefined)(node, context);
  floatToInput("max", 2, undefined)(node, context);
};

function floatToInput(attribute: string, at: number, otherwise: number | undefined) {
  return (node: Node, context: UpgradeContext): void => {
    const given = node.attributes.has(attribute);
    const value = floatOf(node, attribute, 0);
    node.attributes.delete(attribute);
    if (given && value !== otherwise)
      setInput(node, at, context.scalar(node, attribute, value, "as the data"));
  };
}

/** Upsample (opset 9): scales. */
export const scalesToInput: Rewrite = (node, context) => {
  const scales = node.attributes.get("scales")?.floats;
  if (!scales) return context.refuse(node, "it has no scales");
  node.attributes.delete("scales");
  setInput(node, 1, context.floats(node, "scales", scales));
};

/** DFT (opset 20): axis, whose default was 1. */
export const axisToInput: Rewrite = (node, context) => {
  const axis = intOf(node, "axis", 1);
  node.attributes.delete("axis");
  setInput(node, 2, context.scalar(node, "axis", axis, "int64"));
};
