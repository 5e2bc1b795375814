import { expect, test } from "bun:test";
import { openOrt } from "../ort/open-ort.ts";
import { encodeModel } from "./encode.ts";
import { floats, infoOf, integers, modelOf, node } from "./model-of.fixture.ts";
import { DATA_TYPES, type DataType } from "./types.ts";
import { valueTypes } from "./value-types.ts";

/** Operators that make floats of what is none, and how the type is said. */
const windows = ["HannWindow", "HammingWindow", "BlackmanWindow"].flatMap((operator) =>
  ([undefined, "float", "double"] as const).map(
    (type) =>
      [
        node(operator, ["n"], ["y"], type ? { output_datatype: DATA_TYPES[type] } : {}),
        type ?? "float",
      ] as const,
  ),
);

test.each<readonly [ReturnType<typeof node>, DataType]>([
  ...windows,
  [node("MelWeightMatrix", ["bins", "n", "rate", "low", "high"], ["y"]), "float"],
  [
    node("TfIdfVectorizer", ["words"], ["y"], {
      mode: "TF",
      min_gram_length: 1,
      max_gram_length: 1,
      max_skip_count: 0,
      ngram_counts: [0],
      ngram_indexes: [0, 1],
      pool_int64s: [2, 3],
    }),
    "float",
  ],
])("%p: the type is the one that ONNX Runtime finds", async ({ opType, ...rest }, type) => {
  const model = modelOf({
    opset: 17,
    inputs: { n: infoOf("n", "int64", []) },
    outputs: { y: infoOf("y", type, []) },
    nodes: [{ opType, ...rest }],
    weights: [
      integers("words", [2, 3, 3], [3]),
      integers("bins", [8], []),
      integers("rate", [16_000], []),
      floats("low", [], [0]),
      floats("high", [], [8000]),
    ],
  });
  const [output] = model.graph.outputs.splice(0);
  expect(valueTypes(model.graph)("y")).toBe(type);
  model.graph.outputs = [{ ...output!, type: undefined, dims: undefined }];
  const ort = await openOrt({ cacheDir: "/not/used/from/source" });
  const session = await ort.session(encodeModel(model), { threads: 1 });
  expect(session.outputs.map((found) => found.type)).toEqual([type as "float"]);
  await session.close();
});

test("of an operator that is not known nothing is claimed", () => {
  const { graph } = modelOf({
    inputs: { x: [1] },
    outputs: {},
    nodes: [node("OfTheFuture", ["x"], ["y"]), node("Relu", ["y"], ["z"])],
  });
  expect([valueTypes(graph)("y"), valueTypes(graph)("z")]).toEqual([undefined, undefined]);
});
