import { create } from "@bufbuild/protobuf";
import { node } from "./model-of.fixture.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import type { Node } from "./types.ts";

/** An If, both of whose bodies give what an operator makes of a value of the outer graph, which they take by its name. */
export function ifNode(opType: string, condition: string, captured: string, output: string): Node {
  const body = create(GraphProtoSchema, {
    name: "body",
    node: [create(NodeProtoSchema, { opType, input: [captured], output: ["inner"] })],
    output: [
      create(ValueInfoProtoSchema, {
        name: "inner",
        type: { value: { case: "tensorType", value: { elemType: 1 } } },
      }),
    ],
  });
  const branch = (name: string) =>
    create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: body });
  return node("If", [condition], [output], {
    then_branch: branch("then_branch"),
    else_branch: branch("else_branch"),
  });
}
