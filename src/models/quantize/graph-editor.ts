import { attributes, intAttribute } from "../onnx/attributes.ts";
import { freshNames } from "../onnx/graph-index.ts";
import { tensorOf } from "../onnx/tensor.ts";
import type { Graph, Node, Tensor } from "../onnx/types.ts";

/** Where new nodes and constants are put into a graph; `finish` sets them into their places. */
export interface GraphEditor {
  readonly graph: Graph;
  fresh(wish: string): string;
  /** Adds a constant; its name. */
  constant(wish: string, make: (name: string) => Tensor): string;
  before(node: Node, ...added: Node[]): void;
  /** Behind the node; undefined: at the beginning, behind the inputs. */
  after(node: Node | undefined, ...added: Node[]): void;
  finish(): void;
}

export function graphEditor(graph: Graph): GraphEditor {
  const fresh = freshNames(graph);
  const before = new Map<Node, Node[]>();
  const after = new Map<Node | undefined, Node[]>();
  const put = <Key>(map: Map<Key, Node[]>, key: Key, added: Node[]): void => {
    map.set(key, [...(map.get(key) ?? []), ...added]);
  };
  return {
    graph,
    fresh,
    constant(wish, make) {
      const name = fresh(wish);
      graph.initializers.set(name, make(name));
      return name;
    },
    before: (node, ...added) => put(before, node, added),
    after: (node, ...added) => put(after, node, added),
    finish() {
      graph.nodes = [
        ...(after.get(undefined) ?? []),
        ...graph.nodes.flatMap((node) => [...(before.get(node) ?? []), node, ...(after.get(node) ?? [])]),
      ];
    },
  };
}

export const linearNode = (
  opType: "QuantizeLinear" | "DequantizeLinear",
  name: string,
  inputs: string[],
  output: string,
  axis?: number,
): Node => ({
  name,
  opType,
  domain: "",
  inputs,
  outputs: [output],
  attributes: axis === undefined ? new Map() : attributes(intAttribute("axis", axis)),
});

/** Integers that stand for a constant, with the DQ before the node that takes it. */
export interface DequantizedConstant {
  tensor: (name: string) => Tensor;
  scales: Float32Array;
  /** Undefined: a scale for all. */
  axis: number | undefined;
  zeroPoint?: (name: string) => Tensor;
}

/** Gives the node the constant in place of an input; the DQ, which has to be put before the node. */
export function dequantized(
  editor: GraphEditor,
  node: Node,
  at: number,
  wish: string,
  given: DequantizedConstant,
): Node {
  const { tensor, scales, axis, zeroPoint } = given;
  const inputs = [
    editor.constant(`${wish}_quantized`, tensor),
    editor.constant(`${wish}_scale`, (name) =>
      tensorOf(name, "float", axis === undefined ? [] : [scales.length], scales),
    ),
    ...(zeroPoint ? [editor.constant(`${wish}_zero_point`, zeroPoint)] : []),
  ];
  const output = editor.fresh(`${wish}_dequantized`);
  node.inputs[at] = output;
  return linearNode("DequantizeLinear", editor.fresh(`${wish}_DequantizeLinear`), inputs, output, axis);
}
