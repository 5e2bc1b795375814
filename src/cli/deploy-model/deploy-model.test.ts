import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mnistModel } from "../../models/real-models.fixture.ts";
import { resultOfTest } from "../../models/report/result.fixture.ts";
import { deployModelIn, digits, inNewFolder } from "./in-new-folder.fixture.ts";

const temp = inNewFolder();
const { run } = temp;

const deploy = (...more: string[]) =>
  run(
    "run",
    mnistModel,
    "--calibration-data",
    digits,
    "--samples",
    "100",
    "--preprocess",
    "raw",
    "--runs",
    "5",
    ...more,
  );
const proven = ["--test-data", digits, "--test-samples", "50", "--validate"];

describe("run", () => {
  test("says the verdict first, then the figures, then where things lie", async () => {
    const { code, stdout, stderr } = await deploy(...proven);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PASSED: top-1 accuracy .* over 50 labelled samples\n/);
    expect(stdout).toMatch(/Top-1 accuracy +\d+\.\d\d % +\d+\.\d\d %/);
    expect(stdout).toMatch(/Latency p50/);
    expect(stdout).toContain("artefact  mnist-cpu-int8/model.onnx\nreport    mnist-cpu-int8/report.html\n");
    expect(stderr).toMatch(/✓ Calibrating by mse: 100 samples/);
    expect(existsSync(join(temp.path, "mnist-cpu-int8/manifest.json"))).toBe(true);
  });

  test("--json is the result and nothing else; a failed validation exits with 1, and keeps the artefact", async () => {
    await Bun.write(join(temp.path, "one.npy"), npy([1, 1, 28, 28]));
    const { code, stdout, stderr } = await deploy(
      ...["--precision", "int8-weights", "--out", "weights", "--json"],
      ...["--test-data", "one.npy", "--tolerance", "0"],
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const result = JSON.parse(stdout);
    expect(result.validation.verdict).toMatchObject({ passed: false, criterion: "output", tolerance: 0 });
    expect(result.folder).toBe(join(temp.path, "weights"));
    expect(existsSync(join(temp.path, "weights/report.html"))).toBe(true);
  });

  test("an error after the model was built leaves no folder", async () => {
    const { code, stderr } = await deploy("--test-data", "gone", "--json", "--out", "folder");
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { where: join(temp.path, "gone") } });
    expect(existsSync(join(temp.path, "folder"))).toBe(false);
  });

  test.each([
    [["--validate"], "--validate needs --test-data"],
    [["--max-drop", "1"], "--max-drop needs --test-data"],
    [["--test-data", "x", "--max-drop", "1", "--all-layers"], "--all-layers none"],
    [["--test-data", "x", "--max-drop", "5"], "--max-drop 5 is more than --tolerance 1 lets pass"],
    [["--precision", "fp16", "--test-data", "x", "--max-drop", "1"], "--max-drop goes with --precision int8"],
    [["--precision", "fp32", "--exclude", "Conv"], "--exclude goes with a --precision other than fp32"],
    [["--dla-core", "0"], "--dla-core goes with --target jetson"],
    [["--serve-at", "192.168.1.5"], "--serve-at goes with --worker"],
    [["--broker", "mqtt://b"], "--broker goes with --worker"],
    [["--worker-timeout", "60"], "--worker-timeout goes with --worker"],
    [["--trust-model"], "--trust-model goes with a PyTorch model, not with .onnx"],
    [["--tolerance", "2"], "--tolerance goes with --test-data"],
    [
      ["--test-data", digits, "--agreement", "90"],
      "--agreement is for detectors, and this model gives no boxes",
    ],
    [["--test-data", digits, "--confidence", "0.5"], "--confidence is for detectors"],
    [["--test-samples", "5"], "--test-samples goes with --test-data"],
    [["--out", "."], "--out names the working folder"],
    [["--percentile", "99"], "--percentile is for --calibration-method percentile"],
    [["--weight-bits", "4"], "are for --precision int8-weights"],
    [["--precision", "int8-weights", "--weight-bits", "5"], "--weight-bits takes 4 or 8"],
    [["--precision", "int8-weights", "--block-size", "48"], "a power of 2 from 16, not 48"],
    [["--input-shape", "1,3,x"], '"1,3,x" is no input shape'],
    [["--labels", "a,b,a"], 'the label "a" is there twice'],
    [["--preprocess", "imagenett"], 'there is no preprocessing "imagenett"'],
    [["--preprocess", '{"std": 0}'], '"std" takes an array of numbers, not 0'],
    [
      ["--preprocess", '{"resize": "fit"}'],
      '"resize" takes one of "stretch", "letterbox" or "crop", not "fit"',
    ],
    [["--preprocess", '{"padding": 300}'], '"padding" takes a whole number from 0 to 255, not 300'],
    [["--preprocess", '{"mean": [1, 2, 3, 4, 5]}'], '"mean" takes 1 to 4 numbers, not [1,2,3,4,5]'],
    [["--preprocess", '{"sdt": [1]}'], 'has no key "sdt"\n  at --preprocess\n  hint: Did you mean "std"?'],
    [["--preprocess", "[1]"], "a preprocessing is a JSON object"],
    [["--preprocess", '{"std": '], "this is no JSON"],
    [["--preprocess", "gone.json"], "it cannot be read: there is no such file"],
    [["--labels", "gone.txt"], "it cannot be read: there is no such file"],
    [["--exclude", "Convv"], 'the model has no node and no operator "Convv"'],
    [["--only", "nothing"], 'the model has no node and no operator "nothing"'],
    [["--out", dirname(mnistModel)], "would be written over what it is made from"],
  ])("%j is a mistake of the command line", async (argv, message) => {
    const { code, stderr } = await deploy(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ["fp16", ["--samples", "20"], "--samples goes with --calibration-data"],
    ["fp32", ["--recalibrate"], "--recalibrate goes with --calibration-data"],
    ["int8-weights", ["--calibration-method", "minmax"], "--calibration-method goes with --calibration-data"],
  ])("%s without data to calibrate with, and %j", async (precision, argv, message) => {
    const { code, stderr } = await run("run", mnistModel, "--precision", precision, ...argv);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test("a broker that the environment names is not refused where none is needed", async () => {
    const argv = ["run", mnistModel, "--precision", "fp16", "--preprocess", "raw"];
    const { code, stderr } = await deployModelIn(temp.path, argv, { MQTT_BROKER_URL: "mqtt://b" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("--broker") });
  });

  test("int8 without data to calibrate with is a mistake of the command line", async () => {
    const { code, stderr } = await run("run", mnistModel);
    expect(code).toBe(2);
    expect(stderr).toContain("int8 needs data to calibrate with");
  });

  test("a model that is not there is told in one line with its path", async () => {
    const { code, stderr } = await run("run", "no.onnx", "--precision", "fp32");
    expect(code).toBe(1);
    expect(stderr).toContain(`error: there is no such model\n  at ${join(temp.path, "no.onnx")}`);
  });
});

/** float32 zeros (NEP 1, version 1.0). */
function npy(dims: number[]): Buffer {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims.join(", ")}), }`.padEnd(117, " ");
  const length = Buffer.alloc(2);
  length.writeUInt16LE(head.length + 1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: count }, (_, i) => (i * 37) % 256);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    length,
    Buffer.from(`${head}\n`),
    Buffer.from(values.buffer),
  ]);
}

test("quantize writes a file alone, and validate and bench take it and the folder", async () => {
  const made = await run(
    ...[
      "quantize",
      mnistModel,
      "--calibration-data",
      digits,
      "--samples",
      "100",
      "--preprocess",
      "raw",
      "-o",
      "q.onnx",
    ],
  );
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^✓ .*q\.onnx \(\d+\.\d KB, \d+ % of 26\.5 KB\)/),
  });
  expect(readFileSync(join(temp.path, "q.onnx")).length).toBeLessThan(20_000);
  const compared = await run(
    ...[
      "validate",
      mnistModel,
      "q.onnx",
      "--test-data",
      digits,
      "--test-samples",
      "30",
      "--preprocess",
      "raw",
      "--runs",
      "5",
    ],
  );
  expect(compared).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PASSED: /) });

  await deploy("--quiet");
  const held = await run(
    ...[
      "validate",
      mnistModel,
      "mnist-cpu-int8",
      "--test-data",
      digits,
      "--test-samples",
      "30",
      "--json",
      "--runs",
      "0",
    ],
  );
  expect(JSON.parse(held.stdout)).toMatchObject({
    verdict: { passed: true },
    notes: expect.not.arrayContaining([expect.stringContaining("preprocessed as")]),
  });
  const timed = await run("bench", mnistModel, "mnist-cpu-int8", "--runs", "10", "--warm-up", "1");
  expect(timed.stdout).toMatch(
    /MODEL +P50.*\nmnist\.onnx .* 1\.00×\nmnist-cpu-int8 .*×\n\non .*; 10 runs each after 1\n/,
  );
  const rows = JSON.parse((await run("bench", mnistModel, "--runs", "3", "--json")).stdout);
  expect(rows.models[0].latency.times).toHaveLength(3);
});

describe("quantize writes over nothing but what it wrote", () => {
  const quantize = (...more: string[]) => run("quantize", "m.onnx", "--precision", "int8-weights", ...more);
  const text = (name: string) => readFileSync(join(temp.path, name), "latin1");

  test("the model itself stays, by whatever name", async () => {
    copyFileSync(mnistModel, join(temp.path, "m.onnx"));
    linkSync(join(temp.path, "m.onnx"), join(temp.path, "hard.onnx"));
    symlinkSync("m.onnx", join(temp.path, "soft.onnx"));
    for (const name of ["m.onnx", "hard.onnx", "soft.onnx"]) {
      const { code, stderr } = await quantize("-o", name, "--force");
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining("written over the one that it is made from"),
      });
    }
    expect(text("m.onnx")).toBe(readFileSync(mnistModel, "latin1"));
  });

  test("what it did not write takes --force; what it wrote does not", async () => {
    copyFileSync(mnistModel, join(temp.path, "m.onnx"));
    for (const [name, content] of [
      ["thesis.onnx", "years of work"],
      ["other.onnx", readFileSync(mnistModel)],
    ] as const) {
      writeFileSync(join(temp.path, name), content);
      const { code, stderr } = await quantize("-o", name);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("with --force") });
      expect(readFileSync(join(temp.path, name))).toEqual(Buffer.from(content));
    }
    expect((await quantize("-o", "thesis.onnx", "--force")).code).toBe(0);
    expect((await quantize("-o", "thesis.onnx")).code).toBe(0);
  });
});

test("bench and validate say what is wrong with a folder that is no artefact", async () => {
  const { code, stderr } = await run("bench", ".");
  expect(code).toBe(1);
  expect(stderr).toContain("this folder is no deployed model: it has no manifest.json");
});

test("inspect shows what is in a model, and what int8 would take", async () => {
  const { code, stdout } = await run("inspect", mnistModel);
  expect(code).toBe(0);
  expect(stdout).toMatch(/inputs +Input3: float 1×1×28×28\n/);
  expect(stdout).toMatch(/operators +.*Conv 2[,\n]/);
  expect(stdout).toMatch(/int8 +\d of 3 layers with weights would be quantized for cpu/);
  const json = JSON.parse((await run("inspect", mnistModel, "--json")).stdout);
  expect(json).toMatchObject({
    opset: 8,
    parameters: 5998,
    operators: { Conv: 2 },
    inputs: [{ dims: [1, 1, 28, 28] }],
  });
  expect(json.layers).toHaveLength(3);
});

test("list shows every target, whether it is here, and what it can do", async () => {
  const { code, stdout } = await run("list");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^TARGET +WHAT IT IS +HERE\ncpu .*yes, 1\./);
  const [cpu] = JSON.parse((await run("list", "--json")).stdout);
  expect(cpu).toMatchObject({ name: "cpu", availability: { available: true } });
});

describe("report", () => {
  test("renders a result again, as Markdown, HTML and JSON", async () => {
    writeFileSync(join(temp.path, "result.json"), JSON.stringify(resultOfTest()));
    expect((await run("report", ".")).stdout).toStartWith("# model.onnx → cpu, int8");
    expect(JSON.parse((await run("report", "result.json", "--json")).stdout)).toEqual(resultOfTest());
    const { code, stderr } = await run("report", "result.json", "--format", "html", "--out", "page.html");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "✓ page.html\n" });
    expect(readFileSync(join(temp.path, "page.html"), "utf8")).toStartWith("<!doctype html>");
  });

  test("says what is wrong with what is no result", async () => {
    writeFileSync(join(temp.path, "other.json"), "{}");
    expect((await run("report", "other.json")).stderr).toContain("this is not the result of a deployment");
    expect((await run("report", "gone.json")).stderr).toContain("there is no such file");
  });
});
