import { expect, test } from "bun:test";
import { freshNames, indexGraph, prune, redirect, sortNodes } from "./graph-index.ts";
import { floats, infoOf, modelOf, node } from "./model-of.fixture.ts";
import type { Node } from "./types.ts";

const graphOf = (nodes: Node[], outputs = ["y"]) =>
  modelOf({
    inputs: { x: [1] },
    outputs: Object.fromEntries(outputs.map((name) => [name, [1]])),
    nodes,
    weights: [floats("w", [1], [1]), floats("v", [1], [2])],
  }).graph;

test("knows who makes a value and who takes it, in order", () => {
  const [a, b, c] = [
    node("Relu", ["x"], ["a"]),
    node("Add", ["a", "a"], ["b"]),
    node("Mul", ["a", "b"], ["y"]),
  ];
  const index = indexGraph(graphOf([a, b, c]));
  expect(index.producer("b")).toBe(b);
  expect(index.producer("x")).toBeUndefined();
  expect(index.consumers("a")).toEqual([b, c]);
  expect(index.isOutput("y")).toBe(true);
});

test("two makers of one value are refused", () => {
  expect(() => indexGraph(graphOf([node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])]))).toThrow(
    "two nodes make the same value",
  );
});

test("sorts nodes that come too early, and leaves a right order alone", () => {
  const [a, b, c] = [node("Relu", ["x"], ["a"]), node("Abs", ["a"], ["b"]), node("Neg", ["b"], ["y"])];
  const mixed = graphOf([c, b, a]);
  sortNodes(mixed);
  expect(mixed.nodes).toEqual([a, b, c]);
  const independent = graphOf([
    node("Relu", ["x"], ["y"]),
    node("Abs", ["x"], ["a"]),
    node("Neg", ["x"], ["b"]),
  ]);
  const before = [...independent.nodes];
  sortNodes(independent);
  expect(independent.nodes).toEqual(before);
});

test("a circle is refused by a node in it", () => {
  const graph = graphOf([
    node("Add", ["x", "b"], ["a"], {}, "first"),
    node("Relu", ["a"], ["b"]),
    node("Abs", ["b"], ["y"]),
  ]);
  expect(() => sortNodes(graph)).toThrow("the nodes of the graph form a circle");
});

test("prunes what nobody takes", () => {
  const graph = graphOf([
    node("Add", ["x", "w"], ["y"]),
    node("Add", ["x", "v"], ["idle"]),
    node("Abs", ["idle"], ["more"]),
  ]);
  graph.values.set("idle", infoOf("idle", "float", [1]));
  prune(graph);
  expect(graph.nodes.map(({ outputs }) => outputs[0])).toEqual(["y"]);
  expect([...graph.initializers.keys()]).toEqual(["w"]);
  expect(graph.values.size).toBe(0);
});

test("redirects takers, every place of them", () => {
  const add = node("Add", ["x", "x"], ["y"]);
  redirect([add], "x", "w");
  expect(add.inputs).toEqual(["w", "w"]);
});

test("fresh names are those that nothing has", () => {
  const fresh = freshNames(graphOf([node("Relu", ["x"], ["y"], {}, "relu")]));
  expect([fresh("new"), fresh("new"), fresh("relu"), fresh("w")]).toEqual(["new", "new_1", "relu_1", "w_1"]);
});
