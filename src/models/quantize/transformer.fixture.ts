import { floatAttribute } from "../onnx/attributes.ts";
import { floats, integers, modelOf, node, weight } from "../onnx/model-of.fixture.ts";
import type { Dimension, Node, OnnxModel, Tensor } from "../onnx/types.ts";

export const TOKENS = 12;
export const WIDTH = 32;
const HEADS = 4;

/** A transformer block: attention and a perceptron, each behind a normalization and with a way around it. */
export function transformer({
  written = "whole",
  batch = 1,
}: {
  /** Whether LayerNormalization and Gelu are operators, or written out as older exporters do. */
  written?: "whole" | "out";
  batch?: Dimension;
}): OnnxModel {
  const parts: Parts = { nodes: [], weights: [...constants] };
  const norm = written === "whole" ? wholeNorm : writtenNorm;
  norm(parts, "x", "n1");
  for (const name of ["q", "k", "v"]) dense(parts, "n1", name, WIDTH, WIDTH);
  attention(parts);
  dense(parts, "attended", "p", WIDTH, WIDTH);
  parts.nodes.push(node("Add", ["x", "p"], ["r1"]));
  norm(parts, "r1", "n2");
  dense(parts, "n2", "u", WIDTH, 4 * WIDTH);
  if (written === "whole") parts.nodes.push(node("Gelu", ["u"], ["g"]));
  else writtenGelu(parts, "u", "g");
  dense(parts, "g", "d", 4 * WIDTH, WIDTH);
  parts.nodes.push(node("Add", ["r1", "d"], ["y"]));
  const dims = [batch, TOKENS, WIDTH];
  return modelOf({ opset: 20, irVersion: 9, inputs: { x: dims }, outputs: { y: dims }, ...parts });
}

interface Parts {
  nodes: Node[];
  weights: Tensor[];
}

const constants = [
  integers("heads", [0, TOKENS, HEADS, WIDTH / HEADS]),
  integers("joined", [0, TOKENS, WIDTH]),
  floats("root", [], [Math.sqrt(WIDTH / HEADS)]),
  floats("two", [], [2]),
  floats("one", [], [1]),
  floats("half", [], [0.5]),
  floats("sqrt2", [], [Math.SQRT2]),
  floats("epsilon", [], [1e-5]),
];

function dense({ nodes, weights }: Parts, from: string, to: string, rows: number, columns: number): void {
  const seed = to.charCodeAt(0);
  weights.push(weight(`${to}_w`, [rows, columns], seed, 0.4), weight(`${to}_b`, [columns], seed + 1, 0.2));
  nodes.push(node("MatMul", [from, `${to}_w`], [`${to}_m`]), node("Add", [`${to}_m`, `${to}_b`], [to]));
}

function attention({ nodes }: Parts): void {
  for (const name of ["q", "k", "v"]) {
    const perm = name === "k" ? [0, 2, 3, 1] : [0, 2, 1, 3];
    nodes.push(
      node("Reshape", [name, "heads"], [`${name}_h`]),
      node("Transpose", [`${name}_h`], [`${name}_t`], { perm }),
    );
  }
  nodes.push(
    node("MatMul", ["q_t", "k_t"], ["scores"]),
    node("Div", ["scores", "root"], ["scaled"]),
    node("Softmax", ["scaled"], ["shares"], { axis: -1 }),
    node("MatMul", ["shares", "v_t"], ["mixed"]),
    node("Transpose", ["mixed"], ["back"], { perm: [0, 2, 1, 3] }),
    node("Reshape", ["back", "joined"], ["attended"]),
  );
}

function wholeNorm({ nodes, weights }: Parts, from: string, to: string): void {
  weights.push(weight(`${to}_gain`, [WIDTH], 5, 2), weight(`${to}_shift`, [WIDTH], 6));
  const epsilon = floatAttribute("epsilon", 1e-5);
  nodes.push(node("LayerNormalization", [from, `${to}_gain`, `${to}_shift`], [to], { axis: -1, epsilon }));
}

function writtenNorm({ nodes, weights }: Parts, from: string, to: string): void {
  weights.push(weight(`${to}_gain`, [WIDTH], 5, 2), weight(`${to}_shift`, [WIDTH], 6));
  weights.push(integers(`${to}_last`, [-1]));
  nodes.push(
    node("ReduceMean", [from, `${to}_last`], [`${to}_mean`]),
    node("Sub", [from, `${to}_mean`], [`${to}_centred`]),
    node("Pow", [`${to}_centred`, "two"], [`${to}_square`]),
    node("ReduceMean", [`${to}_square`, `${to}_last`], [`${to}_variance`]),
    node("Add", [`${to}_variance`, "epsilon"], [`${to}_safe`]),
    node("Sqrt", [`${to}_safe`], [`${to}_deviation`]),
    node("Div", [`${to}_centred`, `${to}_deviation`], [`${to}_unit`]),
    node("Mul", [`${to}_unit`, `${to}_gain`], [`${to}_scaled`]),
    node("Add", [`${to}_scaled`, `${to}_shift`], [to]),
  );
}

function writtenGelu({ nodes }: Parts, from: string, to: string): void {
  nodes.push(
    node("Div", [from, "sqrt2"], [`${to}_z`]),
    node("Erf", [`${to}_z`], [`${to}_erf`]),
    node("Add", [`${to}_erf`, "one"], [`${to}_one`]),
    node("Mul", [from, `${to}_one`], [`${to}_product`]),
    node("Mul", [`${to}_product`, "half"], [to]),
  );
}
