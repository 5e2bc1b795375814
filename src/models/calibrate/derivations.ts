import type { Graph } from "../onnx/types.ts";
import { HALF, type Observation } from "./observation.ts";

/** A tensor that has the values of another one, or those above zero. */
export interface Derivation {
  from: string;
  relu: boolean;
  /** Whether the channels lie where they lie in the other. */
  sameShape: boolean;
}

/** Operators whose first output has the values of the first input, each once. */
const REORDERING: ReadonlySet<string> = new Set(["Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]);
const UNCHANGED: ReadonlySet<string> = new Set(["Identity", "Relu"]);

/**
 * Of these tensors those that follow from another one of them: half of a usual network is Relus. Where the channels of one
 * have to be seen (`averaged`), it does not follow from one in which they lie elsewhere.
 */
export function derivations(
  graph: Graph,
  tensors: ReadonlySet<string>,
  averaged: ReadonlySet<string> = new Set(),
): Map<string, Derivation> {
  const derived = new Map<string, Derivation>();
  for (const { opType, domain, inputs, outputs } of graph.nodes) {
    const [from, to] = [inputs[0], outputs[0]];
    if (domain !== "" || from === undefined || to === undefined || !tensors.has(from) || !tensors.has(to))
      continue;
    if (!UNCHANGED.has(opType) && !REORDERING.has(opType)) continue;
    const before = derived.get(from) ?? { from, relu: false, sameShape: true };
    const sameShape = before.sameShape && UNCHANGED.has(opType);
    if (averaged.has(to) && !sameShape) continue;
    derived.set(to, { from: before.from, relu: before.relu || opType === "Relu", sameShape });
  }
  return derived;
}

/** What was seen of a derived tensor, its channels apart: a histogram of its own is not kept. Settle `from` before. */
export function derive(into: Observation, from: Observation, relu: boolean): void {
  const rectified = (value: number) => (relu && Number.isFinite(value) ? Math.max(0, value) : value);
  into.lowest = rectified(from.lowest);
  into.highest = rectified(from.highest);
  into.exponent = from.exponent;
  into.infinite = from.infinite;
  into.counts = Float64Array.from(from.counts);
  if (!relu) return;
  for (let i = 0; i < HALF; i++) into.counts[HALF]! += from.counts[i]!;
  into.counts.fill(0, 0, HALF);
}
