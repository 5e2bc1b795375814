import { bodiesOf } from "../attributes.ts";
import { cloneModel, closeInitializers } from "../clone-model.ts";
import { freshNames, indexGraph } from "../graph-index.ts";
import { ModelFileError } from "../model-error.ts";
import type { GraphProto } from "../onnx_pb.ts";
import { ranksOf } from "../ranks.ts";
import { floatsOf, tensorOf } from "../tensor.ts";
import type { DataType, Graph, Node, OnnxModel, Tensor } from "../types.ts";
import { valueTypes } from "../value-types.ts";
import { CHANGES, irVersionFor, NEWEST_OPSET, OLDEST_OPSET } from "./changes.ts";
import type { OperatorChange, UpgradeContext } from "./types.ts";

/**
 * The model in the operators of a later version of the default domain; as it was where it has that already. Throws a
 * ModelFileError that names the node for what cannot be said in the later version.
 */
export function upgradeOpset(model: OnnxModel, to: number): OnnxModel {
  const from = model.opsets.get("") ?? NEWEST_OPSET;
  if (from < OLDEST_OPSET) {
    throw new ModelFileError(
      `its operators are those of opset ${from}, and ${OLDEST_OPSET} is the oldest known here`,
      {
        hint: "Export the model again with a newer opset, 17 for instance.",
      },
    );
  }
  if (from >= to) return model;
  const upgraded = cloneModel(model);
  closeInitializers(upgraded);
  const context = contextOf(upgraded.graph, from, to);
  for (let version = from + 1; version <= to; version++) step(upgraded.graph, version, context);
  upgraded.opsets.set("", to);
  upgraded.irVersion = Math.max(upgraded.irVersion, irVersionFor(to));
  return upgraded;
}

function step(graph: Graph, version: number, context: UpgradeContext): void {
  const changes = new Map(
    CHANGES.filter(({ since }) => since === version).map((change) => [change.operator, change]),
  );
  if (changes.size === 0) return;
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== "") return [node];
    refuseOldBodies(node, changes, context);
    return changes.get(node.opType)?.adapt(node, context) ?? [node];
  });
}

/** The bodies of If, Loop and Scan are left as they are; so they may hold nothing that would have to change. */
function refuseOldBodies(
  node: Node,
  changes: ReadonlyMap<string, OperatorChange>,
  context: UpgradeContext,
): void {
  const visit = (body: GraphProto): void => {
    for (const { opType, domain, attribute } of body.node) {
      const old = domain === "" || domain === "ai.onnx" ? changes.get(opType) : undefined;
      if (old) context.refuse(node, `its body holds ${opType}, which changed in opset ${old.since}`);
      for (const { g, graphs } of attribute) for (const inner of g ? [g, ...graphs] : graphs) visit(inner);
    }
  };
  bodiesOf(node).forEach(visit);
}

function contextOf(graph: Graph, from: number, to: number): UpgradeContext {
  const fresh = freshNames(graph);
  const index = indexGraph(graph);
  const typeOf = valueTypes(graph);
  const add = (node: Node, role: string, make: (name: string) => Tensor): string => {
    const name = fresh(`${node.name || node.outputs[0]}_${role}`);
    graph.initializers.set(name, make(name));
    return name;
  };
  return {
    rankOf: ranksOf(graph),
    fresh,
    enlarging: new Set(),
    isTaken: (value) => index.isOutput(value) || index.consumers(value).length > 0,
    integers: (node, role, values) =>
      add(node, role, (name) => tensorOf(name, "int64", [values.length], BigInt64Array.from(values, int64))),
    floatsOf: (value) => {
      const tensor = graph.initializers.get(value);
      return tensor?.type === "float" ? [...floatsOf(tensor)] : undefined;
    },
    scalar: (node, role, value, kind) => {
      const type = kind === "int64" ? kind : typeOf(node.inputs[0]!);
      return add(node, role, (name) => scalarOf(name, type, value));
    },
    floats: (node, role, values) =>
      add(node, role, (name) => tensorOf(name, "float", [values.length], Float32Array.from(values))),
    refuse(node, why) {
      throw new ModelFileError(`the model cannot be brought from opset ${from} to ${to}: ${why}`, {
        where: node.name || `${node.opType} ${node.outputs[0] ?? ""}`,
        hint: `Export it with opset ${to} or newer.`,
      });
    },
  };
}

/** Bounds and fill values have the type of what they bound. */
function scalarOf(name: string, type: DataType | undefined, value: number): Tensor {
  if (type === "int64") return tensorOf(name, type, [], BigInt64Array.of(int64(value)));
  if (type === "float16") return tensorOf(name, type, [], Float16Array.of(value));
  if (type === "double") return tensorOf(name, type, [], Float64Array.of(value));
  return tensorOf(name, "float", [], Float32Array.of(value));
}

/** "To the end" is often written as the greatest int64, which a number holds as one more than that. */
const GREATEST = 2n ** 63n - 1n;

const int64 = (value: number): bigint => {
  const exact = BigInt(value);
  return exact > GREATEST ? GREATEST : exact;
};
