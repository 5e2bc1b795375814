import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { standInTrtexec } from "../../../test/peers/trtexec.ts";
import { readModel } from "../../models/onnx/read-model.ts";
import { mnistModel } from "../../models/real-models.fixture.ts";
import { leastMajor } from "../../models/targets/jetson/least-version.ts";
import { deployModelIn, digits } from "./in-new-folder.fixture.ts";

const calibrated = ["--calibration-data", digits, "--samples", "20", "--preprocess", "raw"];

const runWith = (path: string, folder: string, ...argv: string[]) =>
  deployModelIn(folder, argv, { PATH: path });
const run = (folder: string, ...argv: string[]) => runWith("/nowhere", folder, ...argv);

test.each([
  [[], 8],
  [["--tensorrt", "8.6.2"], 8],
  [["--tensorrt", "10"], 10],
] as const)(
  "quantize --target jetson %p: a model for TensorRT %d and newer",
  async (given, least) => {
    await using dir = tempDir();
    const { code } = await run(
      dir.path,
      ...["quantize", mnistModel, "--target", "jetson", "--out", "m.onnx"],
      ...calibrated,
      ...given,
    );
    expect(code).toBe(0);
    expect(leastMajor(await readModel(join(dir.path, "m.onnx")))).toBe(least);
  },
  20_000,
);

test("run --bundle --tensorrt 10: what the layers became is in the report", async () => {
  await using dir = tempDir();
  const { code, stdout } = await run(
    dir.path,
    ...["run", mnistModel, "--target", "jetson", "--bundle", "--tensorrt", "10.3", "--json", "--out", "made"],
    ...calibrated,
    ...["--test-data", digits, "--test-samples", "5", "--runs", "0", "--tolerance", "100", "--all-layers"],
  );
  expect(code).toBe(0);
  const { layers } = JSON.parse(stdout);
  expect(new Set(layers.map(({ precision }: { precision: string }) => precision))).toEqual(
    new Set(["float16", "int8"]),
  );
  expect(await Bun.file(join(dir.path, "made/bundle/run.sh")).text()).toContain('[ "$major" -ge 10 ] ||');
}, 20_000);

test.each([
  ["8602", "float"],
  ["100300", "float16"],
])(
  "a TensorRT that is here is asked: of %s, the rest is %s",
  async (version, rest) => {
    await using dir = tempDir();
    const bin = await standInTrtexec(join(dir.path, "bin"), { TRTEXEC_VERSION: version });
    const { code, stdout } = await runWith(
      `${bin}:/usr/bin:/bin`,
      dir.path,
      ...["run", mnistModel, "--target", "jetson", "--json", "--out", "made"],
      ...calibrated,
      ...["--test-data", digits, "--test-samples", "3", "--runs", "0", "--tolerance", "100", "--all-layers"],
    );
    expect(code).toBe(0);
    const { layers, validation } = JSON.parse(stdout);
    expect(validation.verdict.passed).toBe(true);
    expect(layers.map(({ precision }: { precision: string }) => precision)).toContain(rest);
    expect(layers.map(({ precision }: { precision: string }) => precision)).toContain("int8");
  },
  30_000,
);

test.each([
  [["--target", "cpu", "--tensorrt", "10"], "--tensorrt goes with --target jetson"],
  [["--target", "jetson", "--tensorrt", "ten"], '--tensorrt takes a version, as 10.3, not "ten"'],
  [["--target", "jetson", "--tensorrt", "10"], "--tensorrt goes with --bundle"],
])("run %p is refused", async (given, message) => {
  await using dir = tempDir();
  const { code, stderr } = await run(dir.path, "run", mnistModel, ...calibrated, ...given);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
