import { LEAST_SCALE, roundToEven } from "../scales.ts";
import { refuseNotFinite } from "../weights.ts";

/** Weights [rows, columns] with a scale for each `size` rows of a column: the rows are what a product sums over. */
export interface BlockedWeights {
  /** One integer a place, in -greatest … greatest. */
  integers: Int8Array;
  /** [⌈rows / size⌉, columns] */
  scales: Float32Array;
  /** In dB; Infinity when nothing was lost. */
  sqnr: number;
  /** Columns in which every weight is zero. */
  deadColumns: number;
}

/** What is to be quantized: a matrix [rows, columns], a scale for each `size` rows, integers up to `greatest`. */
export interface BlockPlan {
  name: string;
  weights: Float32Array;
  rows: number;
  columns: number;
  size: number;
  greatest: number;
}

/** Throws a ModelFileError that names the tensor for NaN and infinities. */
export function quantizeBlocks(plan: BlockPlan): BlockedWeights {
  const { weights, rows, columns, size, greatest } = plan;
  const scales = blockScales(plan);
  const integers = new Int8Array(weights.length);
  let [signal, noise] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const block = Math.floor(row / size) * columns;
    for (let column = 0; column < columns; column++) {
      const weight = weights[row * columns + column]!;
      const scale = scales[block + column]!;
      const near = Math.max(-greatest, Math.min(greatest, roundToEven(weight / scale)));
      integers[row * columns + column] = near;
      signal += weight * weight;
      noise += (weight - near * scale) ** 2;
    }
  }
  return {
    integers,
    scales,
    sqnr: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
    deadColumns: columns - liveColumns(weights, columns),
  };
}

function liveColumns(weights: Float32Array, columns: number): number {
  const live = new Set<number>();
  for (let at = 0; at < weights.length && live.size < columns; at++) {
    if (weights[at] !== 0) live.add(at % columns);
  }
  return live.size;
}

function blockScales({ name, weights, rows, columns, size, greatest }: BlockPlan): Float32Array {
  refuseNotFinite(name, weights);
  const scales = new Float32Array(Math.ceil(rows / size) * columns);
  for (let at = 0; at < weights.length; at++) {
    const value = Math.abs(weights[at]!);
    const block = Math.floor(Math.floor(at / columns) / size) * columns + (at % columns);
    if (value > scales[block]!) scales[block] = value;
  }
  return scales.map((max) => (max === 0 ? 1 : Math.max(max / greatest, LEAST_SCALE)));
}

/** Two to a byte, the first in the lower half (ONNX, "Int4": packing). */
export function packNibbles(integers: Int8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(integers.length / 2));
  integers.forEach((value, at) => {
    packed[at >> 1]! |= (value & 0xf) << (at % 2 === 0 ? 0 : 4);
  });
  return packed;
}
