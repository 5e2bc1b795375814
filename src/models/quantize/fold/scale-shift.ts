import type { Node } from "../../onnx/types.ts";
import { type ChannelMap, linearLayout, workIn } from "./linear.ts";
import type { FoldContext, Pass } from "./pass.ts";

/** Works an Add, Sub, Mul or Div by a constant for each channel into the Conv, ConvTranspose or Gemm before it. */
export const foldScaleShift: Pass = (context) => {
  let found = false;
  for (const node of [...context.graph.nodes]) {
    const weights = context.constant(node.inputs[1]);
    const layout = weights && linearLayout(node, weights);
    const next = layout && context.soleTaker(node.outputs[0]!);
    const map = next && channelMapOf(context, next, node.outputs[0]!, weights!.dims.length, layout.channels);
    if (!map || !workIn(context, node, map)) continue;
    context.absorb(node, next);
    found = true;
  }
  return found;
};

function channelMapOf(
  context: FoldContext,
  { opType, domain, inputs }: Node,
  value: string,
  rank: number,
  channels: number,
): ChannelMap | undefined {
  const commutes = opType === "Add" || opType === "Mul";
  if (domain !== "" || !(commutes || opType === "Sub" || opType === "Div")) return undefined;
  const other = inputs[0] === value ? inputs[1] : commutes ? inputs[0] : undefined;
  const values = other === value ? undefined : perChannel(context, other, rank, channels);
  if (!values) return undefined;
  switch (opType) {
    case "Add":
      return { factor: undefined, offset: values };
    case "Sub":
      return { factor: undefined, offset: values.map((each) => -each) };
    case "Mul":
      return { factor: values, offset: undefined };
    default:
      return values.includes(0) ? undefined : { factor: values.map((each) => 1 / each), offset: undefined };
  }
}

/** The constant as a value for each channel, when it is the same at all places of the image; channels are axis 1. */
function perChannel(
  context: FoldContext,
  name: string | undefined,
  rank: number,
  channels: number,
): Float64Array | undefined {
  const dims = context.constant(name)?.dims;
  const values = context.floats(name);
  if (!dims || !values || dims.length > rank) return undefined;
  if (values.length === 1) return new Float64Array(channels).fill(values[0]!);
  const channelAxis = 1 - (rank - dims.length);
  const fits = dims.every((dim, axis) => dim === (axis === channelAxis ? channels : 1));
  return fits ? Float64Array.from(values) : undefined;
}
