import { attributes, intAttribute, intOf, intsAttribute, intsOf, stringOf } from "../../onnx/attributes.ts";
import { integersOf } from "../../onnx/tensor.ts";
import type { Node } from "../../onnx/types.ts";
import type { FoldContext, Pass } from "./pass.ts";

/** The mean over all places of an image is GlobalAveragePool, for which there are integer kernels. */
export const meanToPool: Pass = (context) => {
  const means = context.graph.nodes.filter((node) => isSpatialMean(context, node));
  for (const mean of means) {
    const flat = intOf(mean, "keepdims", 1) === 0;
    const [output] = mean.outputs;
    mean.opType = "GlobalAveragePool";
    mean.inputs.length = 1;
    mean.attributes = new Map();
    if (!flat) continue;
    const pooled = context.fresh(`${output}_pooled`);
    mean.outputs = [pooled];
    context.graph.nodes.splice(context.graph.nodes.indexOf(mean) + 1, 0, {
      name: context.fresh(`${mean.name}_flatten`),
      opType: "Flatten",
      domain: "",
      inputs: [pooled],
      outputs: [output!],
      attributes: attributes(intAttribute("axis", 1)),
    });
  }
  return means.length > 0;
};

function isSpatialMean({ constant, ranks }: FoldContext, node: Node): boolean {
  if (node.opType !== "ReduceMean" || node.domain !== "") return false;
  const rank = ranks(node.inputs[0]!);
  const list = constant(node.inputs[1]);
  const axes = intsOf(node, "axes") ?? (list && integersOf(list));
  if (rank !== 4 || !axes) return false;
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort();
  return places.length === 2 && places[0] === 2 && places[1] === 3;
}

/** Zeros put around an image before a Conv are padding of the Conv's own. */
export const foldPad: Pass = (context) => {
  let found = false;
  for (const pad of [...context.graph.nodes]) {
    const conv = pad.opType === "Pad" && pad.domain === "" ? context.soleTaker(pad.outputs[0]!) : undefined;
    if (conv?.opType !== "Conv" || conv.domain !== "" || conv.inputs[0] !== pad.outputs[0]) continue;
    const pads = zeroPads(context, pad);
    const places = pads && pads.length / 2 - 2;
    const own = places && paddingOf(conv, places);
    if (!pads || !places || !own) continue;
    const around = [...pads.slice(2, 2 + places), ...pads.slice(4 + places)];
    conv.attributes.delete("auto_pad");
    conv.attributes.set(
      "pads",
      intsAttribute(
        "pads",
        own.map((value, at) => value + around[at]!),
      ),
    );
    conv.inputs[0] = pad.inputs[0]!;
    context.graph.nodes.splice(context.graph.nodes.indexOf(pad), 1);
    found = true;
  }
  return found;
};

/** How much the Pad adds at the beginnings and ends of all axes, if it adds zeros, to the image alone. */
function zeroPads({ constant, floats }: FoldContext, pad: Node): number[] | undefined {
  const list = constant(pad.inputs[1]);
  const zeros = !pad.inputs[2] || floats(pad.inputs[2])?.[0] === 0;
  if (!list || !zeros || pad.inputs[3] || stringOf(pad, "mode", "constant") !== "constant") return undefined;
  const pads = integersOf(list);
  const half = pads.length / 2;
  const still = [0, 1, half, half + 1].every((at) => pads[at] === 0);
  return still && pads.every((value) => value >= 0) ? pads : undefined;
}

function paddingOf(conv: Node, places: number): number[] | undefined {
  const auto = stringOf(conv, "auto_pad", "NOTSET");
  if (auto === "VALID") return new Array<number>(places * 2).fill(0);
  return auto === "NOTSET" ? (intsOf(conv, "pads") ?? new Array<number>(places * 2).fill(0)) : undefined;
}
