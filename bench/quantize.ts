import { encodeModel } from "../src/models/onnx/encode.ts";
import { modelOf, node, weight } from "../src/models/onnx/model-of.fixture.ts";
import { floatsOf } from "../src/models/onnx/tensor.ts";
import type { OnnxModel } from "../src/models/onnx/types.ts";
import { CPU_PROFILE } from "../src/models/quantize/profiles.ts";
import { quantize } from "../src/models/quantize/quantize.ts";
import { inTurn } from "./measure.ts";
import { median, ms, type Row, ratioRow } from "./stats.ts";

/** Quantizing 100 MB of weights against one plain pass that rounds as many numbers. */

const LAYERS = 4;
/** Of the square matrices: 2500² · 4 bytes · 4 layers = 100 MB. */
const SIDE = 2500;

function model(): OnnxModel {
  const places = Array.from({ length: LAYERS }, (_, i) => i);
  return modelOf({
    inputs: { x0: [1, SIDE] },
    outputs: { [`x${LAYERS}`]: [1, SIDE] },
    nodes: places.map((i) => node("MatMul", [`x${i}`, `w${i}`], [`x${i + 1}`])),
    weights: places.map((i) => weight(`w${i}`, [SIDE, SIDE], i)),
  });
}

export async function quantizeRow(quick: boolean): Promise<Row> {
  const large = model();
  const weights = [...large.graph.initializers.values()].map(floatsOf);
  const ranges = new Map(Array.from({ length: LAYERS + 1 }, (_, i) => [`x${i}`, { min: -1, max: 1 }]));
  const timed = async (work: () => void): Promise<number> => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  };
  const ours = () => timed(() => encodeModel(quantize(large, ranges, CPU_PROFILE).model));
  const floor = () => timed(() => weights.forEach(roundAll));
  await inTurn(1, ours, floor);
  const [a, b] = await inTurn(quick ? 3 : 9, ours, floor);
  return ratioRow("int8 of 100 MB of weights, against rounding them", median(a), median(b), ms, { most: 4 });
}

function roundAll(values: Float32Array): Int8Array {
  const rounded = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) rounded[i] = Math.round(values[i]! * 127);
  return rounded;
}

if (import.meta.main) console.table([await quantizeRow(true)]);
