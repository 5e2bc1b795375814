import { bodiesOf, intOf, tensorAttributeOf } from "./attributes.ts";
import { FIRST_INPUT_TYPE } from "./first-input-type.ts";
import { dataTypeOf } from "./tensor.ts";
import type { DataType, Graph, Node } from "./types.ts";

/** The element type of each value of a graph; undefined for what is no tensor, or of an operator that is not known. */
export type ValueTypes = (value: string) => DataType | undefined;

/** Follows the type rules of the operators (ONNX, Operators.md) from the inputs and weights to the outputs. */
export function valueTypes(graph: Graph): ValueTypes {
  const types = new Map<string, DataType | undefined>();
  for (const { name, type } of [...graph.inputs, ...graph.values.values(), ...graph.outputs])
    types.set(name, type);
  for (const { name, type } of graph.initializers.values()) types.set(name, type);
  for (const node of graph.nodes) {
    node.outputs.forEach((output, at) => {
      if (output !== "" && !types.has(output))
        types.set(
          output,
          outputType(node, at, (name) => types.get(name)),
        );
    });
  }
  return (value) => types.get(value);
}

function outputType(node: Node, at: number, typeOf: ValueTypes): DataType | undefined {
  if (node.domain !== "") return undefined;
  const rule = RULES.get(node.opType) ?? (FIRST_INPUT_TYPE.has(node.opType) ? first : undefined);
  return rule?.(node, at, typeOf);
}

type Rule = (node: Node, at: number, typeOf: ValueTypes) => DataType | undefined;

const inputAt =
  (at: number): Rule =>
  ({ inputs }, _, typeOf) =>
    typeOf(inputs[at] ?? "");
const first = inputAt(0);
const always =
  (type: DataType): Rule =>
  () =>
    type;
/** The first output as the first input, the others of a type of their own. */
const indexed: Rule = (node, at, typeOf) => (at === 0 ? first(node, at, typeOf) : "int64");
/** By an attribute that holds a type's number. */
const named =
  (attribute: string, otherwise: Rule): Rule =>
  (node, at, typeOf) => {
    const code = intOf(node, attribute, 0);
    return code === 0 ? otherwise(node, at, typeOf) : dataTypeOf(code);
  };

const bool = always("bool");
const int64 = always("int64");
const float = always("float");
const none: Rule = () => undefined;

const constant: Rule = (node) => {
  const tensor = tensorAttributeOf(node, "value");
  if (tensor) return dataTypeOf(tensor.dataType);
  if (node.attributes.has("value_float") || node.attributes.has("value_floats")) return "float";
  if (node.attributes.has("value_int") || node.attributes.has("value_ints")) return "int64";
  return undefined;
};

const filled: Rule = (node) => {
  const tensor = tensorAttributeOf(node, "value");
  return tensor ? dataTypeOf(tensor.dataType) : "float";
};

/** The zero point says it; without one, `output_dtype` (opset 21), else unsigned 8 bits. */
const quantized: Rule = (node, at, typeOf) =>
  node.inputs[2] ? inputAt(2)(node, at, typeOf) : named("output_dtype", always("uint8"))(node, at, typeOf);

/** What the bodies give, in the order of the outputs; Loop's first output of a body is its condition. */
const fromBody: Rule = (node, at) => {
  const output = bodiesOf(node)[0]?.output[at + (node.opType === "Loop" ? 1 : 0)];
  const value = output?.type?.value;
  return value?.case === "tensorType" ? dataTypeOf(value.value.elemType) : undefined;
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...each(bool, "Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not IsNaN IsInf RegexFullMatch"),
  ...each(bool, "OptionalHasElement"),
  ...each(int64, "Shape Size NonZero ArgMax ArgMin NonMaxSuppression SequenceLength"),
  ...each(indexed, "TopK MaxPool Unique"),
  ...each(always("int32"), "ConvInteger MatMulInteger"),
  ...each(named("dtype", first), "EyeLike RandomNormalLike RandomUniformLike Bernoulli"),
  ...each(named("dtype", float), "RandomNormal RandomUniform"),
  ...each(named("dtype", always("int32")), "Multinomial"),
  ...each(named("output_datatype", float), "HannWindow HammingWindow BlackmanWindow MelWeightMatrix"),
  ...each(fromBody, "If Loop Scan"),
  ...each(inputAt(1), "Where CastLike"),
  ...each(named("to", none), "Cast BitCast"),
  ["TfIdfVectorizer", float],
  ["ImageDecoder", always("uint8")],
  ["StringSplit", (_, at) => (at === 0 ? "string" : "int64")],
  [
    "LayerNormalization",
    (node, at, typeOf) => (at === 0 ? first : named("stash_type", float))(node, at, typeOf),
  ],
  ["Constant", constant],
  ["ConstantOfShape", filled],
  ["OneHot", inputAt(2)],
  ["QuantizeLinear", quantized],
  ["DequantizeLinear", named("output_dtype", inputAt(1))],
  ["DynamicQuantizeLinear", (_, at) => (at === 1 ? "float" : "uint8")],
  ["Dropout", (node, at, typeOf) => (at === 1 ? "bool" : first(node, at, typeOf))],
  ["QLinearConv", inputAt(7)],
  ["QLinearMatMul", inputAt(7)],
]);

function* each(rule: Rule, operators: string): Generator<[string, Rule]> {
  for (const operator of operators.split(" ")) yield [operator, rule];
}
