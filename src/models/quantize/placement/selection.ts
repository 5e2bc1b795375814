import { closest } from "../../../base/did-you-mean.ts";
import { UsageError } from "../../../base/errors.ts";
import type { Graph, Node } from "../../onnx/types.ts";
import type { Selection } from "../types.ts";

/** What the caller wants of a node. */
export interface Choice {
  /** Left in float, whatever it is. */
  excluded(node: Node): boolean;
  /** Among those that are to be quantized by their names. */
  named(node: Node): boolean;
  /** Why a node with weights is left in float; undefined where it is not. */
  refusal(node: Node): string | undefined;
}

/** Throws a UsageError for a name that no node and no operator of the graph has. */
export function choiceOf(graph: Graph, { exclude = [], only, keep = new Set() }: Selection): Choice {
  for (const pattern of [...exclude, ...(only ?? [])]) refuseUnknown(graph, pattern);
  const excluding = exclude.map(matcher);
  const choosing = only?.map(matcher);
  const excluded = (node: Node): boolean => keep.has(node.name) || excluding.some((matches) => matches(node));
  const named = (node: Node): boolean => choosing?.some((matches) => matches(node)) ?? false;
  return {
    excluded,
    named,
    refusal(node) {
      if (keep.has(node.name)) return "kept for the accuracy of the whole";
      if (excluded(node)) return "excluded";
      return choosing && !choosing.some((matches) => matches(node))
        ? "not among those to quantize"
        : undefined;
    },
  };
}

/** `*` stands for any characters; all others for themselves. */
function matcher(pattern: string): (node: Node) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`);
  return ({ name, opType }) => expression.test(name) || expression.test(opType);
}

function refuseUnknown({ nodes }: Graph, pattern: string): void {
  if (nodes.some(matcher(pattern))) return;
  const names = new Set(nodes.flatMap(({ name, opType }) => [opType, name]));
  const near = closest(pattern, names);
  throw new UsageError(`the model has no node and no operator "${pattern}"`, {
    hint:
      near === undefined
        ? `Its operators are ${[...new Set(nodes.map(({ opType }) => opType))].sort().join(", ")}.`
        : `Did you mean "${near}"?`,
  });
}
