import type { Ranks } from "../ranks.ts";
import type { Node } from "../types.ts";

/** What an adapter may ask and add. */
export interface UpgradeContext {
  readonly rankOf: Ranks;
  /** An initializer with int64 elements, for what became an input; its name. */
  integers(node: Node, role: string, values: readonly number[]): string;
  /** An initializer with one number and no dimensions, of int64 or of the type of the node's first input; its name. */
  scalar(node: Node, role: string, value: number, type: "int64" | "as the data"): string;
  /** An initializer with float elements; its name. */
  floats(node: Node, role: string, values: readonly number[]): string;
  /** The elements of a constant of floats. */
  floatsOf(value: string): readonly number[] | undefined;
  /** Resizes that make nothing smaller, by what they were before. */
  readonly enlarging: Set<Node>;
  /** Whether a node or the caller takes the value. */
  isTaken(value: string): boolean;
  /** A name that no value or node has. */
  fresh(wish: string): string;
  /** The upgrade is not possible, and why. */
  refuse(node: Node, why: string): never;
}

/** A change of an operator that breaks what was written for an earlier version. */
export interface OperatorChange {
  operator: string;
  /** The opset version that brought it. */
  since: number;
  /** The nodes that take its place: often itself, rewritten in place. */
  adapt(node: Node, context: UpgradeContext): Node[];
}

/** An adapter that only rewrites the node. */
export type Rewrite = (node: Node, context: UpgradeContext) => void;
