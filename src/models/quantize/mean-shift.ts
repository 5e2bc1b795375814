import { intOf } from "../onnx/attributes.ts";
import type { Node } from "../onnx/types.ts";
import type { ChannelLayout, IntegerWeights } from "./weights.ts";

export interface RoundedWeights extends Pick<IntegerWeights, "integers" | "scales"> {
  dims: readonly number[];
  weights: Float32Array;
  /** How the scales lie in them. */
  layout: ChannelLayout;
}

/**
 * What the rounding of its weights adds to each output channel of a Conv or Gemm on average: Σ (ŵ − w) · E[x]. Taken off the
 * bias, it is gone (Nagel et al. 2019, "Data-Free Quantization through Weight Equalization and Bias Correction", 4.2; here
 * E[x] is measured). Zeros that are padded around an image are left out of the account. Undefined for other layers, and
 * where these are not the means of what the layer takes.
 */
export function meanShift(
  node: Node,
  { dims, weights, integers, scales, layout: { channels, run } }: RoundedWeights,
  means: Float64Array | undefined,
): Float64Array | undefined {
  const places = placesOf(node, dims);
  if (!places || means?.length !== places.inputs || dims.length < 2) return undefined;
  const shift = new Float64Array(places.outputs);
  for (let start = 0, channel = 0; start < weights.length; start += run, channel = (channel + 1) % channels) {
    const scale = scales[channel]!;
    for (let at = start; at < start + run; at++) {
      const output = places.outputOf(at);
      shift[output]! += (integers[at]! * scale - weights[at]!) * means[places.inputOf(at, output)]!;
    }
  }
  return shift;
}

interface Places {
  inputs: number;
  outputs: number;
  /** Channels that the weight at an index stands between. */
  outputOf(at: number): number;
  inputOf(at: number, output: number): number;
}

function placesOf(node: Node, dims: readonly number[]): Places | undefined {
  const [first, second, ...kernel] = dims as [number, number, ...number[]];
  if (node.opType === "Gemm" && intOf(node, "transA", 0) === 0) {
    const [outputOf, inputOf] = [(at: number) => Math.floor(at / second), (at: number) => at % second];
    return intOf(node, "transB", 0) === 1
      ? { inputs: second, outputs: first, outputOf, inputOf }
      : { inputs: first, outputs: second, outputOf: inputOf, inputOf: outputOf };
  }
  if (node.opType !== "Conv") return undefined;
  const groups = intOf(node, "group", 1);
  const plane = kernel.reduce((product, dim) => product * dim, 1);
  return {
    inputs: second * groups,
    outputs: first,
    outputOf: (at) => Math.floor(at / (plane * second)),
    inputOf: (at, output) =>
      Math.floor(output / (first / groups)) * second + (Math.floor(at / plane) % second),
  };
}
