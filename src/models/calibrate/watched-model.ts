import { intAttribute } from "../onnx/attributes.ts";
import { cloneModel } from "../onnx/clone-model.ts";
import { freshNames, prune } from "../onnx/graph-index.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { DATA_TYPES, type Graph, type Node, type OnnxModel } from "../onnx/types.ts";
import { valueTypes } from "../onnx/value-types.ts";

import { type Derivation, derivations } from "./derivations.ts";

/** A model that gives the values inside it. */
export interface WatchedModel {
  model: OnnxModel;
  /** By tensor: the output that gives its values as float32. */
  outputs: Map<string, string>;
  /** Tensors that are inputs of the model: their values are those that it is fed. */
  fed: string[];
  /** Tensors whose values follow from those of another one here, which need not be looked at themselves. */
  derived: Map<string, Derivation>;
  /** Those of the tensors whose channels' means are wanted: what layers with weights take. */
  averaged: Set<string>;
  /** Those of the tensors that are outputs of the original model. */
  ends: Set<string>;
}

/**
 * The part of a model that makes these tensors, with each as an output; those of another type of fraction through a Cast. Pure.
 * Throws a ModelFileError for a tensor that the graph does not make, or that holds no fractions.
 */
export function watchedModel(original: OnnxModel, tensors: readonly string[]): WatchedModel {
  const model = cloneModel(original);
  const { graph } = model;
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const stranger = tensors.find((name) => !made.has(name) && !inputs.has(name));
  if (stranger !== undefined)
    throw new ModelFileError("nothing in the model makes this tensor", { where: stranger });
  const ends = new Set(graph.outputs.map(({ name }) => name).filter((name) => tensors.includes(name)));
  const averaged = layerInputs(graph, new Set(tensors));
  const derived = derivations(graph, new Set(tensors), averaged);
  const inside = [...new Set(tensors)].filter((name) => made.has(name) && !derived.has(name));
  const outputs = outputsFor(graph, inside);
  graph.outputs = [...outputs.values()].map((name) => ({ name, type: "float", dims: undefined }));
  prune(graph);
  return {
    model,
    outputs,
    fed: [...new Set(tensors)].filter((name) => inputs.has(name)),
    derived,
    averaged,
    ends,
  };
}

/** Channels are dimension 1 of what these take. */
const layerInputs = (graph: Graph, tensors: ReadonlySet<string>): Set<string> =>
  new Set(
    graph.nodes
      .filter(
        ({ opType, domain, inputs }) =>
          domain === "" && (opType === "Conv" || opType === "Gemm") && graph.initializers.has(inputs[1]!),
      )
      .map(({ inputs }) => inputs[0]!)
      .filter((name) => tensors.has(name)),
  );

function outputsFor(graph: Graph, tensors: readonly string[]): Map<string, string> {
  const typeOf = valueTypes(graph);
  const fresh = freshNames(graph);
  return new Map(
    tensors.map((name) => {
      const type = typeOf(name) ?? "float";
      if (type === "float") return [name, name];
      if (!["float16", "bfloat16", "double"].includes(type)) {
        throw new ModelFileError(`a tensor of ${type} is not quantized and has no range`, { where: name });
      }
      const output = fresh(`${name}_float`);
      graph.nodes.push(castToFloat(name, output, fresh(`${name}_to_float`)));
      return [name, output];
    }),
  );
}

const castToFloat = (from: string, to: string, name: string): Node => ({
  name,
  opType: "Cast",
  domain: "",
  inputs: [from],
  outputs: [to],
  attributes: new Map([["to", intAttribute("to", DATA_TYPES.float)]]),
});
