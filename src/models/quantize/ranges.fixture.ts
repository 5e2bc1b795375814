import { encodeModel } from "../onnx/encode.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { valueTypes } from "../onnx/value-types.ts";
import type { Feeds, Ort } from "../ort/types.ts";
import type { TensorRange } from "./types.ts";

/** The least and greatest value of every float tensor over the samples: the plainest calibration there is. */
export async function rangesOver(
  ort: Ort,
  model: OnnxModel,
  samples: readonly Feeds[],
): Promise<Map<string, TensorRange>> {
  const typeOf = valueTypes(model.graph);
  const made = model.graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => typeOf(name) === "float");
  const outputs = made.map((name) => ({ name, type: "float" as const, dims: undefined }));
  const open = { ...model, graph: { ...model.graph, outputs } };
  const session = await ort.session(encodeModel(open), { threads: 1, optimization: "basic" });
  const ranges = new Map<string, TensorRange>();
  try {
    for (const feeds of samples) {
      for (const [name, { data, type }] of Object.entries({ ...feeds, ...(await session.run(feeds)) })) {
        if (type === "float") widen(ranges, name, data as Float32Array);
      }
    }
  } finally {
    await session.close();
  }
  return ranges;
}

function widen(ranges: Map<string, TensorRange>, name: string, values: Float32Array): void {
  let { min, max } = ranges.get(name) ?? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  ranges.set(name, { min, max });
}
