import { type ModelProto, TensorProto_DataLocation } from "./onnx_pb.ts";
import type { OnnxModel } from "./types.ts";

/** Files beside the model that hold its weights, as it names them, each once; of the model as it was read. */
export function externalFiles({ proto }: OnnxModel): string[] {
  return [...new Set((proto.graph?.initializer ?? []).flatMap(locationsOf))];
}

type Initializer = NonNullable<ModelProto["graph"]>["initializer"][number];

const locationsOf = ({ dataLocation, externalData }: Initializer): string[] =>
  dataLocation === TensorProto_DataLocation.EXTERNAL
    ? externalData.filter(({ key }) => key === "location").map(({ value }) => value)
    : [];
