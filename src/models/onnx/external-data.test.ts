import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { encodeModel } from "./encode.ts";
import { ModelFileError } from "./model-error.ts";
import { floats, modelOf, node, weight } from "./model-of.fixture.ts";
import { ModelProtoSchema } from "./onnx_pb.ts";
import { readModel } from "./read-model.ts";
import { floatsOf } from "./tensor.ts";
import { writeModel } from "./write-model.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "external-"));
});
afterAll(() => rm(folder, { recursive: true }));

const model = () =>
  modelOf({
    inputs: { x: [1, 400] },
    outputs: { y: [1, 300] },
    nodes: [node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["y"])],
    weights: [weight("w", [400, 300], 1), floats("b", [1], [7])],
  });

test("large weights go to a file beside the model, and come back from it", async () => {
  const file = join(folder, "large.onnx");
  await writeModel(model(), file, { externalDataAbove: 1000 });
  expect((await readdir(folder)).sort()).toEqual(["large.onnx", "large.onnx.data"]);
  expect((await readFile(file)).length).toBeLessThan(1000);
  const { initializers } = (await readModel(file)).graph;
  expect(floatsOf(initializers.get("w")!)).toEqual(floatsOf(weight("w", [400, 300], 1)));
  expect([...floatsOf(initializers.get("b")!)]).toEqual([7]);
});

test("a model with weights beside it is written in one piece where it fits", async () => {
  const file = join(folder, "again.onnx");
  await writeModel(model(), file, { externalDataAbove: 1000 });
  const whole = join(folder, "whole.onnx");
  await writeModel(await readModel(file), whole);
  await rm(`${file}.data`);
  expect(floatsOf((await readModel(whole)).graph.initializers.get("w")!)).toHaveLength(120_000);
});

test("nothing is left under the final name when it cannot be written", async () => {
  const broken = model();
  const { name, type, dims, byteLength } = broken.graph.initializers.get("w")!;
  const raw = () => {
    throw new Error("disk gone");
  };
  broken.graph.initializers.set("w", { name, type, dims, byteLength, raw });
  const file = join(folder, "broken.onnx");
  await expect(writeModel(broken, file, { externalDataAbove: 1000 })).rejects.toThrow("disk gone");
  expect((await readdir(folder)).filter((entry) => entry.startsWith("broken"))).toEqual([]);
});

/** A model whose weights say of themselves what is given. */
async function claiming(name: string, claims: Record<string, string>): Promise<string> {
  const file = join(folder, `${name}.onnx`);
  await writeModel(model(), file, { externalDataAbove: 1000 });
  const proto = fromBinary(ModelProtoSchema, await readFile(file));
  const tensor = proto.graph!.initializer.find((each) => each.name === "w")!;
  tensor.externalData = Object.entries(claims).map(([key, value]) => ({
    ...tensor.externalData[0]!,
    key,
    value,
  }));
  await writeFile(file, toBinary(ModelProtoSchema, proto));
  return file;
}

const reading = async (file: string): Promise<ModelFileError> => {
  try {
    (await readModel(file)).graph.initializers.get("w")!.raw();
  } catch (thrown) {
    if (thrown instanceof ModelFileError) return thrown;
    throw thrown;
  }
  throw new Error("it was read");
};

const LENGTH = String(400 * 300 * 4);

test.each([
  ["upwards", "../secret"],
  ["by an absolute path", "/etc/hostname"],
  ["up and down again", "a/../../secret"],
  ["through a link", "link"],
])("weights %s are not read", async (name, location) => {
  await writeFile(join(folder, "../secret"), "x".repeat(480_000));
  await mkdir(join(folder, "a"), { recursive: true });
  await symlink("../secret", join(folder, "link")).catch(() => undefined);
  const thrown = await reading(await claiming(name.replaceAll(" ", "-"), { location, length: LENGTH }));
  expect(`${thrown.message} (${thrown.where})`).toMatch(/lies outside the model's folder|cannot be read/);
  await rm(join(folder, "../secret"), { force: true });
});

test.each([
  ["a file that is not there", { location: "none.data" }, /none\.data, cannot be read \(ENOENT\)/],
  ["a folder", { location: "." }, /is no file/],
  [
    "an offset behind the end",
    { location: "behind.onnx.data", offset: "999999999999" },
    /ends before its values do/,
  ],
  ["a negative offset", { location: "behind.onnx.data", offset: "-1" }, /makes no sense/],
  ["an offset that is no number", { location: "behind.onnx.data", offset: "twelve" }, /makes no sense/],
  ["an offset beyond all numbers", { location: "behind.onnx.data", offset: "1e300" }, /makes no sense/],
  [
    "another length than its dimensions take",
    { location: "behind.onnx.data", length: "12" },
    /makes no sense/,
  ],
  ["no location", { offset: "0" }, /makes no sense/],
])("weights with %s are refused", async (_, claims, message) => {
  expect((await reading(await claiming("behind", claims))).message).toMatch(message);
});

test("a file of weights that is cut off is told by name", async () => {
  const file = await claiming("cut", { location: "cut.onnx.data", length: LENGTH });
  await truncate(`${file}.data`, 1000);
  const thrown = await reading(file);
  expect(thrown.message).toMatch(/cut\.onnx\.data ends before its values do \(480000 > 1000 bytes\)/);
  expect(thrown.where).toBe("w");
});

test("a claim of terabytes takes no memory before it is checked", async () => {
  const file = await claiming("vast", { location: "vast.onnx.data" });
  const proto = fromBinary(ModelProtoSchema, await readFile(file));
  proto.graph!.initializer.find((each) => each.name === "w")!.dims = [2n ** 40n];
  await writeFile(file, toBinary(ModelProtoSchema, proto));
  expect((await reading(file)).message).toMatch(/ends before its values do \(4398046511104 > /);
});

test("what cannot be a model file is told apart", async () => {
  await writeFile(join(folder, "empty.onnx"), "");
  await expect(readModel(join(folder, "empty.onnx"))).rejects.toThrow("the model is an empty file");
  await expect(readModel(folder)).rejects.toThrow("this is a folder, not a model");
  await expect(readModel(join(folder, "none.onnx"))).rejects.toThrow("there is no such model");
  await writeFile(join(folder, "half.onnx"), encodeModel(model()).subarray(0, 5000));
  await expect(readModel(join(folder, "half.onnx"))).rejects.toThrow(/no ONNX model, or it is damaged/);
});
