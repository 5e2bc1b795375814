import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { smallDisk, whyNoSmallDisk } from "../../test/peers/small-disk.ts";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { systemClock } from "../base/clock.ts";
import { floats, modelOf, node } from "./onnx/model-of.fixture.ts";
import { readModel } from "./onnx/read-model.ts";
import type { OnnxModel } from "./onnx/types.ts";
import { writeModel } from "./onnx/write-model.ts";
import { manifestSchema } from "./pipeline/manifest.ts";
import type { DeployRequest, Progress } from "./pipeline/types.ts";
import { deployModel } from "./pipeline.ts";
import { TENSORRT_PROFILE } from "./quantize/profiles.ts";
import { cifarImages, mnistModel, resnet20Model } from "./real-models.fixture.ts";
import { target } from "./targets/cpu/index.ts";
import { testWorld } from "./targets/world.fixture.ts";

let temp: ReturnType<typeof tempDir>;
let out: string;

beforeEach(() => {
  temp = tempDir();
  out = join(temp.path, "out", "artefact");
});
afterEach(() => temp[Symbol.asyncDispose]());

const digits = join(mnistModel, "../digits-images-idx3-ubyte.gz");
const program = { name: "agent2389", version: "0.0.0" };

const request = (more: Partial<DeployRequest> = {}): DeployRequest => ({
  modelFile: mnistModel,
  target,
  precision: "int8",
  outFolder: out,
  preprocessing: "raw",
  calibration: { path: digits, samples: 120, method: "minmax" },
  ...more,
});
const validation = { path: digits, samples: 60, tolerance: 0.01, runs: 0 };

async function deploy(
  more: Partial<DeployRequest> = {},
  { signal = new AbortController().signal, events = [] as Progress[] } = {},
) {
  const world = await testWorld(join(temp.path, "cache"), { signal });
  return deployModel(request(more), {
    world,
    clock: systemClock,
    program,
    progress: (event) => events.push(event),
  });
}

/** Of what was refused: and that nothing was left behind. */
async function refusal(more: Partial<DeployRequest>): Promise<unknown> {
  const thrown = await deploy(more).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(
    readdirSync(temp.path, { recursive: true }).filter((path) => String(path).includes("artefact")),
  ).toEqual([]);
  return thrown;
}

const file = (name: string): string => join(temp.path, name);
const saved = async (model: OnnxModel): Promise<string> => {
  await writeModel(model, file("made.onnx"));
  return file("made.onnx");
};

test("int8: an artefact with model, manifest and reports, proven against the float model", async () => {
  const events: Progress[] = [];
  const result = await deploy({ validation }, { events });
  expect(result.validation?.verdict).toMatchObject({ passed: true, criterion: "accuracy" });
  expect(result.validation?.samples).toHaveLength(60);
  expect(readdirSync(out).sort()).toEqual([
    "manifest.json",
    "model.onnx",
    "report.html",
    "report.md",
    "result.json",
  ]);
  expect(JSON.parse(readFileSync(join(out, "result.json"), "utf8"))).toEqual(result);
  const { graph } = await readModel(join(out, "model.onnx"));
  expect(graph.nodes.some(({ opType }) => opType === "QuantizeLinear")).toBe(true);
  expect(result.layers.filter(({ precision }) => precision === "int8").length).toBeGreaterThan(0);
  expect(result.target.kernels!.integer).toBeGreaterThan(0);
  const [first, ...others] = result.layers.map(({ outputSqnr }) => outputSqnr);
  expect([first, others.length]).toEqual(["exact", 2]);
  for (const sqnr of others) expect(sqnr).toBeWithin(15, 60);
  expect(result.worst[0]!.image).toStartWith("data:image/png;base64,");
  const kinds = events.map((event) => (event.kind === "done" ? event.step : undefined)).filter(Boolean);
  expect(kinds).toEqual(["read", "calibrate", "quantize", "build", "validate", "report"]);
  expect(events).toContainEqual({ kind: "count", step: "calibrate", done: 120, total: 120 });
});

test("the same inputs give the same artefact, byte for byte", async () => {
  await deploy({ validation });
  const first = ["model.onnx", "manifest.json"].map((name) => readFileSync(join(out, name)));
  await deploy({ validation });
  expect(["model.onnx", "manifest.json"].map((name) => readFileSync(join(out, name)))).toEqual(first);
  const manifest = manifestSchema().parse(JSON.parse(first[1]!.toString()));
  const sha = new Bun.CryptoHasher("sha256").update(first[0]!).digest("hex");
  expect(manifest.files).toEqual([{ path: "model.onnx", bytes: first[0]!.length, sha256: sha }]);
  expect(first[1]!.toString()).not.toContain(temp.path);
});

test.each([
  ["fp32", 0.000001],
  ["fp16", 0.01],
  ["int8-weights", 0.05],
] as const)("%s needs no calibration data, and stays close to float", async (precision, tolerance) => {
  const result = await deploy({ precision, calibration: undefined, validation });
  expect(result.precision).toBe(precision);
  expect(result.calibration).toBeUndefined();
  expect(result.validation!.outputs[0]!.disagreement).toBeLessThan(tolerance);
});

test("where too much is lost, the fewest layers stay in float, and the report says which", async () => {
  const cifar = {
    modelFile: resnet20Model,
    preprocessing: { preset: "imagenet", resize: "stretch" } as const,
    calibration: { path: cifarImages.calibration, samples: 100, method: "entropy" as const },
  };
  const images = join(temp.path, "flat");
  for (const path of new Bun.Glob("*/*.jpg").scanSync(cifarImages.test)) {
    if (/00[01]\d/.test(path))
      await Bun.write(join(images, path.replace("/", "-")), Bun.file(join(cifarImages.test, path)));
  }
  const strict = { path: images, samples: 20, tolerance: 0.004, runs: 0 };
  const plain = await deploy({ ...cifar, validation: strict, mixed: false });
  expect(plain.validation!.verdict).toMatchObject({ passed: false, criterion: "output" });
  const mixed = await deploy({ ...cifar, validation: strict });
  expect(mixed.validation!.verdict.passed).toBe(true);
  expect(mixed.mixed!.kept.length).toBeGreaterThan(0);
  const kept = new Set(mixed.mixed!.kept.map(({ layer }) => layer));
  for (const { name, precision } of mixed.layers) if (kept.has(name)) expect(precision).toBe("float");
  expect(mixed.mixed!.before).toBeCloseTo(plain.validation!.verdict.value!, 6);
  expect(mixed.validation!.notes).toContainEqual(expect.stringContaining("chosen on these same samples"));
}, 60_000);

test("layers that stay in float by what may be chance are told so", async () => {
  const cifar = {
    modelFile: resnet20Model,
    preprocessing: { preset: "imagenet", resize: "stretch" } as const,
    calibration: { path: cifarImages.calibration, samples: 20, method: "minmax" as const },
  };
  const labelled = { path: cifarImages.test, samples: 40, tolerance: 0.01, runs: 0 };
  const plain = await deploy({ ...cifar, validation: labelled, mixed: false });
  const tolerance = plain.validation!.verdict.value! - 0.001;
  const mixed = await deploy({ ...cifar, validation: { ...labelled, tolerance } });
  expect(mixed.mixed!.tries).toBeGreaterThan(1);
  expect(mixed.validation!.notes).toContainEqual(
    expect.stringMatching(/^Too few samples to tell whether layers/),
  );
}, 60_000);

test("where no choice of layers is good enough, the verdict says so, and some layer is quantized all the same", async () => {
  const unlabelled = join(temp.path, "some.idx3-ubyte.gz");
  copyFileSync(digits, unlabelled);
  const strict = { path: unlabelled, samples: 5, tolerance: 1e-9, runs: 0 };
  const result = await deploy({ validation: strict });
  expect(result.validation!.verdict.passed).toBe(false);
  const precisions = result.layers.map(({ precision }) => precision);
  expect(precisions).toContain("int8");
  expect(result.mixed).toMatchObject({ limit: 1e-9, reached: false });
  expect(result.mixed!.tries).toBeGreaterThan(1);
  expect(readFileSync(join(out, "report.md"), "utf8")).toMatch(
    /None of the \d+ models that were tried comes down to that/,
  );
  expect(readFileSync(join(out, "report.html"), "utf8")).toMatch(
    /None of the \d+ models that were tried comes down to that/,
  );
});

describe("bad input leaves nothing, and is told as what it is:", () => {
  test("a model that is not there", async () => {
    expect(await refusal({ modelFile: file("no.onnx") })).toMatchObject({
      message: "there is no such model",
      where: file("no.onnx"),
    });
  });

  test.each([
    ["truncated", () => readFileSync(mnistModel).subarray(0, 9000)],
    ["no ONNX at all", () => Buffer.from("<!doctype html><title>404</title>")],
    ["empty", () => Buffer.alloc(0)],
  ])("a model that is %s", async (_, bytes) => {
    writeFileSync(file("bad.onnx"), bytes());
    expect(await refusal({ modelFile: file("bad.onnx") })).toMatchObject({
      name: "ModelFileError",
      where: expect.stringContaining(file("bad.onnx")),
    });
  });

  test("an operator that nobody knows", async () => {
    const model = modelOf({
      inputs: { x: [1, 4] },
      outputs: { y: [1, 4] },
      nodes: [node("Frobnicate", ["x"], ["y"])],
    });
    expect(await refusal({ modelFile: await saved(model) })).toMatchObject({
      message: expect.stringContaining("Frobnicate"),
    });
  });

  test("weights that are NaN", async () => {
    const weights = [floats("w", [4, 2], [1, 2, Number.NaN, 4, 5, Number.POSITIVE_INFINITY, 7, 8])];
    const nodes = [node("MatMul", ["x", "w"], ["y"])];
    const model = modelOf({ inputs: { x: [1, 4] }, outputs: { y: [1, 2] }, nodes, weights });
    expect(await refusal({ modelFile: await saved(model) })).toMatchObject({
      message: "2 of the 8 weights of a tensor are no numbers (NaN or infinite)",
      where: expect.stringContaining("made.onnx, w"),
    });
  });

  test("a shape that the model does not take", async () => {
    expect(await refusal({ inputShapes: [{ dims: [1, 3, 28, 28] }] })).toMatchObject({
      message: 'input "Input3" takes 1×1×28×28, not 1×3×28×28',
    });
  });

  test("int8 without calibration data", async () => {
    expect(await refusal({ calibration: undefined })).toMatchObject({
      message: expect.stringContaining("int8 needs data to calibrate with"),
      hint: expect.stringContaining("--calibration-data"),
    });
  });

  test("a folder without an image", async () => {
    const calibration = { path: join(temp.path), samples: 10, method: "minmax" as const };
    expect(await refusal({ calibration })).toMatchObject({ name: "DataError", where: temp.path });
  });

  test("labels that are not the model's", async () => {
    expect(await refusal({ validation, labels: ["cat", "dog"] })).toMatchObject({
      message: expect.stringContaining("has no name"),
    });
  });

  test("a layer to leave out that there is not", async () => {
    expect(await refusal({ selection: { exclude: ["Convv"] } })).toMatchObject({
      hint: 'Did you mean "Conv"?',
    });
  });
});

test("for TensorRT there is a calibration cache beside the model", async () => {
  const tensorrt = { ...target, name: "engine", profile: () => TENSORRT_PROFILE };
  await deploy({ target: tensorrt });
  const cache = readFileSync(join(out, "calibration.cache"), "utf8");
  expect(cache).toMatch(/^TRT-100300-MinMaxCalibration\n([^\n]+: [0-9a-f]{8}\n)+$/);
  expect(cache).toMatch(/^Input3: 40[0-9a-f]{6}$/m);
});

test.skipIf(whyNoSmallDisk() !== undefined)(
  "a full disk is told as one, and nothing is left on it",
  async () => {
    const disk = smallDisk(1);
    try {
      disk.fill();
      const full = deploy({ outFolder: join(disk.path, "artefact") });
      await expect(full).rejects.toMatchObject({
        message: "the artefact cannot be written: no space is left on the disk",
        where: join(disk.path, "artefact"),
      });
      expect(readdirSync(disk.path)).toEqual(["ballast"]);
    } finally {
      disk.remove();
    }
  },
);

test("a few calibration samples are a warning", async () => {
  const result = await deploy({ calibration: { path: digits, samples: 5, method: "minmax" } });
  expect(result.warnings).toEqual([expect.stringMatching(/^Only 5 calibration samples: 100 to 500/)]);
});

test("a guess at the preprocessing is told as one", async () => {
  const result = await deploy({ preprocessing: undefined });
  expect(result.warnings).toContainEqual(expect.stringContaining('preprocessed as "zero-one"'));
});

test("the signal ends it at any step, and nothing is left", async () => {
  for (const step of ["calibrate", "validate"]) {
    const stop = new AbortController();
    const events: Progress[] = [];
    events.push = (event) => {
      if (event.kind === "count" && event.step === step && event.done > 3)
        stop.abort(new Error("stopped by the test"));
      return 0;
    };
    await expect(deploy({ validation }, { signal: stop.signal, events })).rejects.toThrow(
      "stopped by the test",
    );
    expect(readdirSync(join(out, ".."))).toEqual([]);
  }
});
