import { ModelFileError } from "./model-error.ts";
import type { Graph, Node } from "./types.ts";

/** Who makes and who takes each value of a graph, as it was when this was made. */
export interface GraphIndex {
  /** The node that makes the value; undefined for inputs and initializers. */
  producer(value: string): Node | undefined;
  /** The nodes that take the value, those among them that do so inside a subgraph; in the order of the graph. */
  consumers(value: string): readonly Node[];
  isOutput(value: string): boolean;
  /** Whether a body of control flow takes it: such a value must keep its name, as bodies are not looked into. */
  isCaptured(value: string): boolean;
}

export function indexGraph(graph: Graph): GraphIndex {
  const producers = new Map<string, Node>();
  const consumers = new Map<string, Node[]>();
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const captured = new Set<string>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      if (value === "") continue;
      if (producers.has(value)) throw new ModelFileError("two nodes make the same value", { where: value });
      producers.set(value, node);
    }
    for (const value of capturedBy(node)) captured.add(value);
    for (const value of takenBy(node)) {
      const takers = consumers.get(value);
      if (takers) takers.push(node);
      else consumers.set(value, [node]);
    }
  }
  return {
    producer: (value) => producers.get(value),
    consumers: (value) => consumers.get(value) ?? [],
    isOutput: (value) => outputs.has(value),
    isCaptured: (value) => captured.has(value),
  };
}

/** Names that the bodies of a node (If, Loop, Scan) use; those of the outer graph among them are captured. */
export function capturedBy(node: Node): Set<string> {
  const names = new Set<string>();
  const visit = (attributes: Iterable<{ g?: Body | undefined; graphs: readonly Body[] }>): void => {
    for (const { g, graphs } of attributes) {
      for (const body of g ? [g, ...graphs] : graphs) {
        for (const output of body.output) names.add(output.name);
        for (const inner of body.node) {
          for (const input of inner.input) if (input !== "") names.add(input);
          visit(inner.attribute);
        }
      }
    }
  };
  visit(node.attributes.values());
  return names;
}

/** All values that a node takes, in its bodies too; an optional input that is left out, "", is none. */
function takenBy(node: Node): Set<string> {
  const values = new Set([...node.inputs, ...capturedBy(node)]);
  values.delete("");
  return values;
}

interface Body {
  output: readonly { name: string }[];
  node: readonly {
    input: readonly string[];
    attribute: readonly { g?: Body | undefined; graphs: readonly Body[] }[];
  }[];
}

/**
 * Puts the nodes into an order in which each comes after those it takes from; one that is right already stays. Throws
 * where they form a circle.
 */
export function sortNodes(graph: Graph): void {
  if (isSorted(graph)) return;
  const index = indexGraph(graph);
  const waiting = new Map<Node, number>();
  for (const node of graph.nodes) {
    waiting.set(node, [...takenBy(node)].filter((value) => index.producer(value) !== undefined).length);
  }
  const sorted: Node[] = [];
  const queue = graph.nodes.filter((node) => waiting.get(node) === 0);
  for (const node of queue) {
    sorted.push(node);
    for (const value of node.outputs) {
      for (const taker of index.consumers(value)) {
        const left = waiting.get(taker)! - 1;
        waiting.set(taker, left);
        if (left === 0) queue.push(taker);
      }
    }
  }
  if (sorted.length < graph.nodes.length) {
    const stuck = graph.nodes.find((node) => waiting.get(node)! > 0)!;
    throw new ModelFileError("the nodes of the graph form a circle", {
      where: stuck.name || stuck.outputs[0]!,
    });
  }
  graph.nodes = sorted;
}

function isSorted(graph: Graph): boolean {
  const later = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  return graph.nodes.every((node) => {
    if ([...takenBy(node)].some((value) => later.has(value))) return false;
    for (const value of node.outputs) later.delete(value);
    return true;
  });
}

/** Drops nodes whose values nobody takes, and then initializers and value infos that nothing names. */
export function prune(graph: Graph): void {
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((value) => wanted.has(value))) return false;
    for (const value of takenBy(node)) wanted.add(value);
    return true;
  });
  graph.nodes = kept.reverse();
  for (const name of graph.initializers.keys()) if (!wanted.has(name)) graph.initializers.delete(name);
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const name of graph.values.keys()) if (!made.has(name)) graph.values.delete(name);
}

/** Makes every taker of `from`, the graph's outputs excepted, take `to`. Bodies of control flow are not looked into. */
export function redirect(takers: Iterable<Node>, from: string, to: string): void {
  for (const node of takers) node.inputs = node.inputs.map((input) => (input === from ? to : input));
}

/** A name that the graph does not have yet: the wish itself, or with a number. */
export function freshNames(graph: Graph): (wish: string) => string {
  const taken = new Set<string>([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const node of graph.nodes)
    for (const name of [node.name, ...node.inputs, ...node.outputs]) taken.add(name);
  return (wish) => {
    let name = wish;
    for (let n = 1; taken.has(name); n++) name = `${wish}_${n}`;
    taken.add(name);
    return name;
  };
}
