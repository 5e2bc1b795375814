import { expect, test } from "bun:test";
import { modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { firstLayers } from "./first-layers.ts";

test("what works on the picture, and what is depthwise right behind it", () => {
  const { graph } = modelOf({
    inputs: { x: [1, 3, 8, 8] },
    outputs: { y: [1, 8, 2, 2] },
    nodes: [
      node("Mul", ["x", "half"], ["scaled"]),
      node("Conv", ["scaled", "stem"], ["a"], {}, "stem"),
      node("Relu", ["a"], ["b"]),
      node("Conv", ["b", "deep"], ["c"], { group: 8 }, "depthwise"),
      node("Conv", ["c", "deep"], ["d"], { group: 8 }, "second depthwise"),
      node("Conv", ["b", "point"], ["e"], {}, "pointwise"),
      node("Conv", ["e", "deep"], ["f"], { group: 8 }, "depthwise further on"),
      node("Add", ["d", "f"], ["y"]),
    ],
    weights: [
      weight("half", [1], 1),
      weight("stem", [8, 3, 3, 3], 2),
      weight("deep", [8, 1, 3, 3], 3),
      weight("point", [8, 8, 1, 1], 4),
    ],
  });
  expect([...firstLayers(graph)].map(([{ name }, what]) => [name, what])).toEqual([
    ["stem", "the first layer"],
    ["depthwise", "depthwise, right behind the first layer"],
  ]);
});
