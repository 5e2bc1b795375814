import { expect, test } from "bun:test";
import { floats, modelOf, node, noise } from "../../onnx/model-of.fixture.ts";
import { weightOnly } from "./index.ts";

const [ROWS, COLUMNS] = [32, 5];

test.each([4, 8] as const)("outputs whose weights are all zero are counted, in blocks of %d bits", (bits) => {
  const next = noise(4);
  const values = Array.from({ length: ROWS * COLUMNS }, (_, at) =>
    [1, 3].includes(at % COLUMNS) ? 0 : next(),
  );
  const model = modelOf({
    inputs: { x: [1, ROWS] },
    outputs: { y: [1, COLUMNS] },
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    weights: [floats("w", [ROWS, COLUMNS], values)],
  });
  const { layers } = weightOnly(model, { bits, blockSize: 16 });
  expect(layers.map(({ weights }) => weights?.deadChannels)).toEqual([2]);
});
