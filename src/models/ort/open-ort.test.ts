import { beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { encodeModel } from "../onnx/encode.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { floats as floatTensor, infoOf, modelOf, node } from "../onnx/model-of.fixture.ts";
import { readModel } from "../onnx/read-model.ts";
import type { DataType } from "../onnx/types.ts";
import { digits, mnistModel } from "../real-models.fixture.ts";
import { openOrt } from "./open-ort.ts";
import type { Ort, Value, ValueData } from "./types.ts";

let ort: Ort;
beforeAll(async () => {
  ort = await openOrt({ cacheDir: "/not/used/from/source" });
});

/** `output = op(inputs…)`, of one type. */
const single = (op: string, type: DataType, inputs: string[]) =>
  encodeModel(
    modelOf({
      inputs: Object.fromEntries(inputs.map((name) => [name, infoOf(name, type, ["n"])])),
      outputs: { y: infoOf("y", type, ["n"]) },
      nodes: [node(op, inputs, ["y"], {}, "it")],
    }),
  );

const floats = (...numbers: number[]): Value => ({
  type: "float",
  dims: [numbers.length],
  data: Float32Array.from(numbers),
});

test("a model's ports are told as ONNX names them", async () => {
  const session = await ort.session(mnistModel);
  expect(session.inputs).toEqual([{ name: "Input3", type: "float", dims: [1, 1, 28, 28] }]);
  expect(session.outputs).toEqual([{ name: "Plus214_Output_0", type: "float", dims: [1, 10] }]);
  await session.close();
});

test("MNIST is read as it was measured when it was published: 99 % of the digits", async () => {
  const session = await ort.session(mnistModel, { threads: 1 });
  let right = 0;
  const all = await digits(500);
  for (const { feeds, label } of all) {
    const { Plus214_Output_0: logits } = await session.run(feeds);
    const scores = [...(logits!.data as Float32Array)];
    if (scores.indexOf(Math.max(...scores)) === Number(label)) right++;
  }
  await session.close();
  expect(right / all.length).toBeGreaterThan(0.98);
});

describe("values of every type that ONNX Runtime takes come back as they were", () => {
  const values: [DataType, ValueData][] = [
    ["float", Float32Array.of(1.5, -2)],
    ["double", Float64Array.of(1e300, -2)],
    ["float16", Float16Array.of(1.5, -2)],
    ["int8", Int8Array.of(-128, 127)],
    ["uint8", Uint8Array.of(0, 255)],
    ["int16", Int16Array.of(-3, 4)],
    ["uint16", Uint16Array.of(3, 65535)],
    ["int32", Int32Array.of(-(2 ** 31), 4)],
    ["uint32", Uint32Array.of(2 ** 32 - 1, 4)],
    ["int64", BigInt64Array.of(-(2n ** 63n), 4n)],
    ["uint64", BigUint64Array.of(2n ** 64n - 1n, 4n)],
    ["bool", Uint8Array.of(1, 0)],
    ["string", ["grüße", ""]],
  ];
  test.each(values)("%s", async (type, data) => {
    const session = await ort.session(single("Identity", type, ["x"]));
    expect(session.inputs[0]).toEqual({ name: "x", type, dims: ["n"] });
    const value = { type, dims: [2], data };
    expect(await session.run({ x: value })).toEqual({ y: value });
    await session.close();
  });

  test("bfloat16 cannot be given: the input is named", async () => {
    await expect(ort.session(single("Identity", "bfloat16", ["x"]))).rejects.toMatchObject({
      message: "values of type bfloat16 cannot be given or taken here",
      where: "x",
    });
  });
});

test("a view into a larger buffer is read from where it begins", async () => {
  const session = await ort.session(single("Identity", "float16", ["x"]));
  const data = Float16Array.of(9, 9, 1, 2).subarray(2);
  const { y } = await session.run({ x: { type: "float16", dims: [2], data } });
  expect([...(y!.data as Float16Array)]).toEqual([1, 2]);
});

test("an input named __proto__ is an input like any other", async () => {
  const session = await ort.session(single("Add", "float", ["__proto__", "b"]));
  const feeds = Object.fromEntries([
    ["__proto__", floats(1)],
    ["b", floats(2)],
  ]);
  expect(await session.run(feeds)).toEqual({ y: floats(3) });
});

describe("values that do not fit are refused before ONNX Runtime sees them", () => {
  const cases: [string, Record<string, Value>, string][] = [
    ["missing", { a: floats(1) }, 'no value for input "b"'],
    ["unknown", { a: floats(1), b: floats(1), c: floats(1) }, 'the model has no input "c"'],
    [
      "of another type",
      { a: floats(1), b: { type: "double", dims: [1], data: new Float64Array(1) } },
      'input "b" takes float n, found double 1',
    ],
    [
      "of another rank",
      { a: floats(1), b: { ...floats(1), dims: [1, 1] } },
      'input "b" takes float n, found float 1×1',
    ],
    [
      "with too few elements",
      { a: { ...floats(1), dims: [4] }, b: floats(1) },
      'input "a" has 1 elements, and 4 are 4',
    ],
  ];
  test.each(cases)("%s", async (_name, feeds, message) => {
    const session = await ort.session(single("Add", "float", ["a", "b"]));
    await expect(session.run(feeds)).rejects.toThrow(new ModelFileError(message));
    await session.close();
  });
});

test("what ONNX Runtime has against values is an error about the model, and the session goes on", async () => {
  const session = await ort.session(single("Add", "float", ["a", "b"]));
  await expect(session.run({ a: floats(1, 2), b: floats(1, 2, 3) })).rejects.toMatchObject({
    name: "ModelFileError",
    where: 'node "it" (Add)',
    message: expect.stringMatching(/^ONNX Runtime could not run the model: .*broadcast/s),
  });
  expect(await session.run({ a: floats(1), b: floats(2) })).toEqual({ y: floats(3) });
});

test("only the outputs that are asked for are made; others do not exist", async () => {
  const session = await ort.session(
    encodeModel(
      modelOf({
        inputs: { x: ["n"] },
        outputs: { p: ["n"], q: ["n"] },
        nodes: [node("Neg", ["x"], ["p"]), node("Abs", ["x"], ["q"])],
      }),
    ),
  );
  expect(await session.run({ x: floats(-1) }, ["q"])).toEqual({ q: floats(1) });
  await expect(session.run({ x: floats(-1) }, ["r"])).rejects.toThrow('the model has no output "r"');
});

test("a run takes some time, which is told", async () => {
  const session = await ort.session(mnistModel, { threads: 1 });
  const [digit] = await digits(1);
  expect((await session.timedRun(digit!.feeds)).ms).toBeGreaterThan(0);
});

test("several sessions run beside each other; one that is closed says so", async () => {
  const [plus, minus] = await Promise.all(
    ["Add", "Sub"].map((op) => ort.session(single(op, "float", ["a", "b"]))),
  );
  const feeds = { a: floats(5), b: floats(3) };
  expect(await Promise.all([plus!.run(feeds), minus!.run(feeds)])).toEqual([
    { y: floats(8) },
    { y: floats(2) },
  ]);
  await plus!.close();
  await plus!.close();
  await expect(plus!.run(feeds)).rejects.toThrow("closed");
  expect(await minus!.run(feeds)).toEqual({ y: floats(2) });
});

test("the event loop gets its turn between runs", async () => {
  const session = await ort.session(single("Neg", "float", ["x"]));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const until = performance.now() + 5_000;
  while (turns === 0 && performance.now() < until) await session.run({ x: floats(1) });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

test("the optimized graph can be looked at: what is constant is folded", async () => {
  await using dir = tempDir();
  const optimizedModelFile = join(dir.path, "optimized.onnx");
  const model = modelOf({
    inputs: { x: [1] },
    outputs: { y: [1] },
    nodes: [node("Add", ["two", "two"], ["four"]), node("Mul", ["x", "four"], ["y"])],
    weights: [floatTensor("two", [1], [2])],
  });
  await (await ort.session(encodeModel(model), { optimizedModelFile })).close();
  const { graph } = await readModel(optimizedModelFile);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mul"]);
});

test("ONNX Runtime tells nobody that it is used, and keeps no files of its own", async () => {
  await using dir = tempDir();
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "ort-program.fixture.ts"), dir.path, mnistModel],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: dir.path,
        TMPDIR: dir.path,
        XDG_CACHE_HOME: dir.path,
        ORT_DISABLE_TELEMETRY: "0",
      },
      stdout: "pipe",
    },
  );
  expect(await new Response(child.stdout).text()).toContain("Input3");
  const written = await readdir(dir.path, { recursive: true });
  expect(written.filter((path) => !path.startsWith("bun"))).toEqual([]);
});

describe("what is no model is told in the words of ONNX Runtime", () => {
  test("a missing file", async () => {
    await expect(ort.session("/no/such/model.onnx")).rejects.toMatchObject({
      name: "ModelFileError",
      where: "/no/such/model.onnx",
      message: expect.stringContaining("File doesn't exist"),
    });
  });

  test("bytes of something else, cut short, or none", async () => {
    const bytes = await Bun.file(mnistModel).bytes();
    for (const wrong of [new TextEncoder().encode("hello"), bytes.subarray(0, 9_000), new Uint8Array()]) {
      await expect(ort.session(wrong)).rejects.toBeInstanceOf(ModelFileError);
    }
  });

  test.each(["../weights.bin", "link.bin"])("weights in %s, outside the model's folder", async (location) => {
    await using dir = tempDir();
    const folder = join(dir.path, "model");
    await mkdir(folder);
    await writeFile(join(dir.path, "weights.bin"), Float32Array.of(1));
    await symlink("../weights.bin", join(folder, "link.bin"));
    const model = modelOf({
      inputs: { x: [1] },
      outputs: { y: [1] },
      nodes: [node("Add", ["x", "w"], ["y"])],
      weights: [floatTensor("w", [1], [1])],
    });
    const file = join(folder, "net.onnx");
    await writeFile(
      file,
      encodeModel(model, () => ({ location, offset: 0, length: 4 })),
    );
    await expect(ort.session(file)).rejects.toThrow("escapes model directory");
  });

  test("an operator that does not exist", async () => {
    await expect(ort.session(single("Frobnicate", "float", ["x"]))).rejects.toThrow("Frobnicate");
  });

  test("a name that is not UTF-8, which would end the process", async () => {
    const bytes = Buffer.from(single("Neg", "float", ["input_x"]));
    for (let at = bytes.indexOf("input_x"); at >= 0; at = bytes.indexOf("input_x")) bytes[at] = 0x86;
    await expect(ort.session(bytes)).rejects.toThrow("the name of an input or output is not UTF-8");
  });
});
