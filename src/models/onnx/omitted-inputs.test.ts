import { expect, test } from "bun:test";
import { indexGraph, prune, sortNodes } from "./graph-index.ts";
import { floats, modelOf, node } from "./model-of.fixture.ts";
import { ranksOf } from "./ranks.ts";

/** Clip leaves out its lower bound, Dropout its mask: both are written as "". */
const graphOf = () =>
  modelOf({
    opset: 13,
    inputs: { x: [1, 4] },
    outputs: { y: [1, 4] },
    nodes: [
      node("Clip", ["c", "", "most"], ["y"]),
      node("Neg", ["b"], ["c"]),
      node("Neg", ["a"], ["b"]),
      node("Dropout", ["x"], ["a", ""]),
    ],
    weights: [floats("most", [], [3])],
  }).graph;

test("what is left out connects no nodes: each comes after those that it takes from", () => {
  const graph = graphOf();
  sortNodes(graph);
  expect(graph.nodes.map(({ outputs: [output] }) => output)).toEqual(["a", "b", "c", "y"]);
  const index = indexGraph(graph);
  expect([index.producer(""), index.consumers(""), index.isCaptured("")]).toEqual([undefined, [], false]);
  expect(ranksOf(graph)("")).toBeUndefined();
});

test("a node is not kept for an output that it does not have", () => {
  const graph = graphOf();
  sortNodes(graph);
  graph.nodes.unshift(node("Dropout", ["x"], ["unused", ""]));
  prune(graph);
  expect(graph.nodes).toHaveLength(4);
});
