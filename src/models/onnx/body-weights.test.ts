import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { openOrt } from "../ort/open-ort.ts";
import type { Ort, Value } from "../ort/types.ts";
import { fold } from "../quantize/fold/index.ts";
import { encodeModel } from "./encode.ts";
import { externalFiles } from "./external-files.ts";
import { infoOf, modelOf, node, noise } from "./model-of.fixture.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { readModel } from "./read-model.ts";
import type { OnnxModel } from "./types.ts";
import { writeModel } from "./write-model.ts";

/** Elements of a weight: enough to be put beside the model. */
const COUNT = 512;
const FILE = "weights.bin";
const data = Float32Array.from({ length: COUNT }, noise(3));
const x: Value = { type: "float", dims: [COUNT], data };

let folder: string;
let ort: Ort;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bodies-"));
  ort = await openOrt({ cacheDir: "/not/used/from/source" });
  await Bun.write(
    join(folder, FILE),
    new Uint8Array(Float32Array.from({ length: 3 * COUNT }, (_, at) => 1 + Math.floor(at / COUNT)).buffer),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const beside = (name: string, place: number): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: 1,
    dims: [BigInt(COUNT)],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location: FILE, offset: place * COUNT * 4, length: COUNT * 4 }).map(
      ([key, value]) => create(StringStringEntryProtoSchema, { key, value: String(value) }),
    ),
  });

const tensorType = create(TypeProtoSchema, {
  value: {
    case: "tensorType",
    value: create(TypeProto_TensorSchema, {
      elemType: 1,
      shape: create(TensorShapeProtoSchema, {
        dim: [
          create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(COUNT) } }),
        ],
      }),
    }),
  },
});

/** A branch that multiplies by the weights at that place of the file, an initializer or a Constant's value. */
function branch(name: string, place: number, as: "initializer" | "constant") {
  const tensor = beside(`w_${name}`, place);
  const value = create(AttributeProtoSchema, {
    name: "value",
    type: AttributeProto_AttributeType.TENSOR,
    t: tensor,
  });
  const constant = create(NodeProtoSchema, { opType: "Constant", output: [tensor.name], attribute: [value] });
  const product = create(NodeProtoSchema, {
    opType: "Mul",
    input: ["x", tensor.name],
    output: [`o_${name}`],
  });
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.GRAPH,
    g: create(GraphProtoSchema, {
      name,
      node: as === "constant" ? [constant, product] : [product],
      initializer: as === "constant" ? [] : [tensor],
      output: [create(ValueInfoProtoSchema, { name: `o_${name}`, type: tensorType })],
    }),
  });
}

/** y = (c ? x·1 : x·2) + 3, all weights in a file beside the model. */
async function source(): Promise<string> {
  const model = modelOf({
    inputs: { x: [COUNT], c: infoOf("c", "bool", []) },
    outputs: { y: [COUNT] },
    nodes: [
      node("If", ["c"], ["chosen"], {
        then_branch: branch("then_branch", 0, "initializer"),
        else_branch: branch("else_branch", 1, "constant"),
      }),
      node("Constant", [], ["three"], {
        value: create(AttributeProtoSchema, {
          name: "value",
          type: AttributeProto_AttributeType.TENSOR,
          t: beside("", 2),
        }),
      }),
      node("Add", ["chosen", "three"], ["y"]),
    ],
  });
  const file = join(folder, "model.onnx");
  await Bun.write(file, encodeModel(model));
  return file;
}

async function answers(model: string | OnnxModel): Promise<number[][]> {
  const session = await ort.session(typeof model === "string" ? model : encodeModel(model), { threads: 1 });
  try {
    return await Promise.all(
      [1, 0].map(async (flag) => {
        const c: Value = { type: "bool", dims: [], data: Uint8Array.of(flag) };
        return [...((await session.run({ x, c }))["y"]!.data as Float32Array)];
      }),
    );
  } finally {
    await session.close();
  }
}

const expected = [1, 2].map((factor) =>
  Array.from(data, (value) => Math.fround(Math.fround(value * factor) + 3)),
);

test("weights of bodies and constants beside the model are named like any other", async () => {
  expect(externalFiles(await readModel(await source()))).toEqual([FILE]);
});

test.each([
  ["in one piece", {}, ["copy.onnx"]],
  ["with its weights beside it", { externalDataAbove: 1000 }, ["copy.onnx", "copy.onnx.data"]],
] as const)("the model is written elsewhere %s, and runs there", async (name, options, files) => {
  const elsewhere = join(folder, name.replaceAll(" ", "-"));
  await mkdir(elsewhere);
  const copy = join(elsewhere, "copy.onnx");
  await writeModel(await readModel(await source()), copy, options);
  expect((await readdir(elsewhere)).sort()).toEqual([...files]);
  expect(externalFiles(await readModel(copy))).toEqual(files.filter((file) => file.endsWith(".data")));
  expect(await answers(copy)).toEqual(expected);
});

test("it runs from memory, and a constant beside it is folded", async () => {
  const model = await readModel(await source());
  expect(await answers(model)).toEqual(expected);
  const folded = fold(model);
  expect(folded.graph.nodes.map(({ opType }) => opType)).toEqual(["If", "Add"]);
  expect(await answers(folded)).toEqual(expected);
});
