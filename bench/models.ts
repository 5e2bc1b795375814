import { join } from "node:path";
import { calibrate } from "../src/models/calibrate/calibrate.ts";
import { resolveInputs } from "../src/models/data/input-shapes.ts";
import { openSamples } from "../src/models/data/open-samples.ts";
import { preprocessingOf } from "../src/models/data/preprocessing.ts";
import type { Samples } from "../src/models/data/types.ts";
import { encodeModel } from "../src/models/onnx/encode.ts";
import { readModel } from "../src/models/onnx/read-model.ts";
import type { OnnxModel } from "../src/models/onnx/types.ts";
import { openOrt } from "../src/models/ort/open-ort.ts";
import type { Ort } from "../src/models/ort/types.ts";
import { floatTensors } from "../src/models/pipeline/calibration.ts";
import { prepare } from "../src/models/quantize/prepare.ts";
import { tempDir } from "../test/peers/temp-dir.ts";
import { inTurn } from "./measure.ts";
import { median, mib, type Row, ratioRow } from "./stats.ts";

/** Calibration of ResNet-20 against merely running the float model over the same images, in the same process. */

const MODELS = join(import.meta.dir, "../test/models/cifar10");

interface Setup {
  ort: Ort;
  model: OnnxModel;
  samples: Samples;
  cacheDir: string;
}

/** The 200 calibration images, `rounds` times over: as many as people calibrate with. */
async function setup(cacheDir: string, rounds: number): Promise<Setup> {
  const ort = await openOrt({ cacheDir });
  const model = prepare(await readModel(join(MODELS, "resnet20.onnx")));
  const inputs = resolveInputs([{ name: "input", type: "float", dims: ["N", 3, 32, 32] }], []);
  const how = preprocessingOf({ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  const images = await openSamples(join(MODELS, "calibration"), inputs, how);
  const read = (index: number) => images.read(index % images.count);
  return { ort, model, samples: { ...images, count: images.count * rounds, read }, cacheDir };
}

async function runFloat({ ort, model, samples }: Setup): Promise<void> {
  const session = await ort.session(encodeModel(model));
  for (let i = 0; i < samples.count; i++) await session.run((await samples.read(i)).feeds);
  await session.close();
}

async function runCalibration(
  { ort, model, samples, cacheDir }: Setup,
  method: "entropy" | "minmax",
): Promise<void> {
  await calibrate(
    model,
    samples,
    { tensors: floatTensors(model), method, symmetric: false, cacheDir, resume: false },
    { ort },
  );
}

/** Images in a second. */
async function rate({ samples }: Setup, work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (samples.count / (performance.now() - begun)) * 1000;
}

/** Bytes that a process of its own had resident at most. */
async function peak(what: "floor" | "ours", rounds: number): Promise<number> {
  const child = Bun.spawn([process.execPath, import.meta.path, what, String(rounds)], { stdout: "pipe" });
  return Number(await new Response(child.stdout).text());
}

export async function calibrationRows(quick: boolean): Promise<Row[]> {
  await using folder = tempDir();
  const measured = await setup(folder.path, quick ? 1 : 5);
  await runFloat(measured);
  const rows: Row[] = [];
  for (const method of ["entropy", "minmax"] as const) {
    const [ours, floor] = await inTurn(
      quick ? 3 : 7,
      () => rate(measured, () => runCalibration(measured, method)),
      () => rate(measured, () => runFloat(measured)),
    );
    const show = (value: number) => `${value.toFixed(0)} images/s`;
    rows.push(
      ratioRow(
        `calibration (${method}), against running the float model`,
        median(ours),
        median(floor),
        show,
        { least: 0.5 },
      ),
    );
  }
  const [few, many] = [await peak("ours", 1), await peak("ours", quick ? 5 : 20)];
  rows.push(
    ratioRow(
      "peak memory of calibration, against running the float model",
      few,
      await peak("floor", 1),
      mib,
      { most: 2.5 },
    ),
  );
  rows.push(
    ratioRow(`peak memory with ${quick ? 1000 : 4000} images, against 200`, many, few, mib, { most: 1.25 }),
  );
  return rows;
}

if (import.meta.main) {
  const [what, rounds] = process.argv.slice(2);
  if (what === undefined) {
    console.table(await calibrationRows(true));
  } else {
    await using folder = tempDir();
    const measured = await setup(folder.path, Number(rounds));
    if (what === "floor") await runFloat(measured);
    else await runCalibration(measured, "entropy");
    const status = await Bun.file("/proc/self/status").text();
    console.log(Number(status.match(/VmHWM:\s+(\d+) kB/)![1]) * 1024);
  }
}
