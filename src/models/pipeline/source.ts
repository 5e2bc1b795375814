import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { isFraction } from "../onnx/elements.ts";
import { externalFiles } from "../onnx/external-files.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { readModel } from "../onnx/read-model.ts";
import { countOf, floatsOf } from "../onnx/tensor.ts";
import type { Node, OnnxModel, Tensor, ValueInfo } from "../onnx/types.ts";
import type { Port } from "../ort/types.ts";

/** The model as it was given. */
export interface Source {
  model: OnnxModel;
  file: string;
  sha256: string;
  /** With external data. */
  bytes: number;
  facts: SourceFacts;
}

export interface SourceFacts {
  opset: number;
  producer: string;
  nodes: number;
  /** Elements of its weights. */
  parameters: number;
  /** How many nodes there are of each operator, the most frequent first; those of other domains as `domain.Operator`. */
  operators: [operator: string, count: number][];
  inputs: Port[];
  outputs: Port[];
}

/** Reads a model and looks for what no step after could mend. Rejects with a ModelFileError. */
export async function readSource(file: string): Promise<Source> {
  const model = await readModel(file);
  const facts = factsOf(model);
  refuseNotFinite(model, file);
  const outside = externalFiles(model)
    .sort()
    .map((name) => join(dirname(file), name));
  const sizes = await Promise.all([file, ...outside].map(async (each) => (await stat(each)).size));
  return {
    model,
    file,
    sha256: await sha256OfAll([file, ...outside]),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    facts,
  };
}

export function factsOf({ graph, opsets, proto }: OnnxModel): SourceFacts {
  const operators = new Map<string, number>();
  for (const { opType, domain } of graph.nodes) {
    const name = domain === "" ? opType : `${domain}.${opType}`;
    operators.set(name, (operators.get(name) ?? 0) + 1);
  }
  return {
    opset: opsets.get("") ?? 0,
    producer: [proto.producerName, proto.producerVersion].filter((part) => part !== "").join(" "),
    nodes: graph.nodes.length,
    parameters: [...graph.initializers.values()].reduce((sum, { dims }) => sum + dims.reduce(times, 1), 0),
    operators: [...operators].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    inputs: graph.inputs.map(portOf),
    outputs: graph.outputs.map(portOf),
  };
}

const times = (a: number, b: number): number => a * b;

function portOf({ name, type, dims }: ValueInfo): Port {
  if (type !== undefined) return { name, type, dims: dims ?? [] };
  throw new ModelFileError("this input or output is no tensor, and only tensors can be deployed", {
    where: name,
    hint: "Export the model with tensors for its inputs and outputs; scikit-learn's converter: zipmap=False.",
  });
}

/** A weight that is NaN or infinite makes everything after it so; the exporter or the training went wrong. */
function refuseNotFinite({ graph }: OnnxModel, file: string): void {
  const weights = new Set(graph.nodes.filter(hasWeights).flatMap(({ inputs }) => inputs.slice(1)));
  for (const tensor of graph.initializers.values()) {
    if (!isFraction(tensor.type)) continue;
    const count = notFinite(tensor, !weights.has(tensor.name));
    if (count === 0) continue;
    throw new ModelFileError(
      `${count} of the ${countOf(tensor.dims)} weights of a tensor are no numbers (NaN or infinite)`,
      {
        where: `${file}, ${tensor.name}`,
        hint: "Look at the training or the export: such a model gives no numbers either.",
      },
    );
  }
}

const hasWeights = ({ opType }: Node): boolean => /^(Conv|ConvTranspose|Gemm|MatMul)$/.test(opType);

/** Masks of attention are made with minus infinity, or are constants full of it: there it is no mistake. */
function notFinite(tensor: Tensor, mayBeMask: boolean): number {
  const values = floatsOf(tensor);
  if (values.length === 1) return Number.isNaN(values[0]) ? 1 : 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0 && !(mayBeMask && value === Number.NEGATIVE_INFINITY)) count++;
  }
  return count;
}

/** Of one file its SHA-256; of several that over theirs, with their names. */
async function sha256OfAll(files: readonly string[]): Promise<string> {
  const [first, ...others] = await Promise.all(files.map(sha256OfFile));
  if (others.length === 0) return first!;
  const sha = new Bun.CryptoHasher("sha256");
  for (const [i, hash] of [first, ...others].entries()) sha.update(`${hash}  ${basename(files[i]!)}\n`);
  return sha.digest("hex");
}
