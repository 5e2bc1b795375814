import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  type Node,
  type Pair,
  visit,
} from "yaml";
import type { Source } from "./source.ts";

/** A place where an anchor is used. */
export interface Use {
  alias: Alias;
  /** What it stands for. */
  target: Node;
  /** The mapping or list that it stands in. */
  owner: Node;
  /** The pair whose value it is; undefined: an item of a list, or a key. */
  pair: Pair | undefined;
  /** Of `<<: *a` and `<<: [*a, *b]`. */
  merge: Pair | undefined;
}

/** Who uses what. */
export interface Uses {
  /** In the order of the file. */
  all: readonly Use[];
  of(target: Node): readonly Use[];
  /** The nodes that a node stands in, innermost first. */
  around(node: Node): readonly Node[];
  /** Nodes with an anchor that is used: the node, those in it, and those that it stands in. */
  sharedWith(node: Node): readonly Node[];
}

/** An anchor may be defined anew: an alias stands for the last one above it. */
export function usesIn({ document, tree }: Source): Uses {
  const all: Use[] = [];
  const parents = new Map<Node, Node>();
  visit(document, {
    Node: (key, node, path) => {
      const owner = path.findLast((one) => isCollection(one));
      if (owner !== undefined) parents.set(node, owner);
      if (isAlias(node)) all.push(...useOf(node, tree.follow(node), key, path));
    },
  });
  const byTarget = Map.groupBy(all, ({ target }) => target);
  const around = (node: Node): Node[] => {
    const found: Node[] = [];
    for (let at = parents.get(node); at !== undefined; at = parents.get(at)) found.push(at);
    return found;
  };
  const isIn = (inner: Node, outer: Node): boolean => inner === outer || around(inner).includes(outer);
  return {
    all,
    of: (target) => byTarget.get(target) ?? [],
    around,
    sharedWith: (node) => [...byTarget.keys()].filter((one) => isIn(one, node) || isIn(node, one)),
  };
}

function useOf(
  alias: Alias,
  target: Node | undefined,
  key: unknown,
  path: readonly (Document | Node | Pair)[],
): Use[] {
  const owner = path.findLast((one) => isCollection(one));
  if (target === undefined || owner === undefined) return [];
  const pairs = path.filter((one) => isPair(one));
  const merge = pairs.findLast((pair) => isScalar(pair.key) && pair.key.source === "<<");
  const direct = path.at(-1);
  return [
    {
      ...{ alias, target, owner, merge },
      pair: key === "value" && isPair(direct) && isNode(direct.key) ? direct : undefined,
    },
  ];
}
