import { beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { standInTrtexec } from "../../../test/peers/trtexec.ts";
import { cifarImages, mnistModel, resnet20Model } from "../../models/real-models.fixture.ts";
import { digits, inNewFolder } from "./in-new-folder.fixture.ts";

/** What a verdict may be believed for. */

const temp = inNewFolder();
const { run } = temp;

const raw = ["--preprocess", "raw", "--runs", "0"];
const tested = ["--test-data", digits, "--test-samples", "40"];
const calibrated = ["--calibration-data", digits, "--samples", "100"];

describe("an artefact that is not what its manifest tells", () => {
  beforeEach(async () => {
    expect((await run("run", mnistModel, ...calibrated, ...raw, "--out", "made")).code).toBe(0);
  });

  test("a changed file is refused by validate and bench, with both hashes", async () => {
    const [, sha] = /"sha256": "([0-9a-f]{64})",\n\s+"bytes": \d+\n\s+}\n\s+]/.exec(manifest())!;
    appendFileSync(join(temp.path, "made/model.onnx"), "\0");
    for (const argv of [
      ["validate", mnistModel, "made", ...tested],
      ["bench", "made"],
    ]) {
      const { code, stderr } = await run(...argv);
      expect(code).toBe(1);
      expect(stderr).toMatch(/this file of the artefact was changed: its SHA-256 is [0-9a-f]{64}/);
      expect(stderr).toContain(`manifest.json says ${sha}`);
    }
  });

  test("another model than it was made from is refused, and both are named", async () => {
    const { code, stderr } = await run("validate", resnet20Model, "made", ...tested);
    expect(code).toBe(1);
    expect(stderr).toMatch(/was not made from this model: from mnist\.onnx with the SHA-256 [0-9a-f]{64}/);
    expect(stderr).toContain(`${resnet20Model}, ${join(temp.path, "made/manifest.json")}`);
  });

  const manifest = () => readFileSync(join(temp.path, "made/manifest.json"), "utf8");
});

test("without test data the result says why it is not validated", async () => {
  const { code, stdout } = await run("run", mnistModel, ...calibrated, ...raw);
  expect(code).toBe(0);
  expect(stdout).toStartWith("NOT VALIDATED: nothing was compared with the float model: --test-data was not");
});

describe("preprocessing that nobody said", () => {
  const images = ["--calibration-data", cifarImages.calibration, "--samples", "30"];
  const labelled = ["--test-data", cifarImages.test, "--test-samples", "60", "--runs", "0"];

  test("--quiet tells the guess on standard output all the same; --json has it", async () => {
    const argv = ["run", resnet20Model, ...images, ...labelled, "--all-layers"];
    const { stdout, stderr } = await run(...argv, "--quiet");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/images +preprocessed as "imagenet", going by its name: a guess/);
    expect(stdout).toMatch(/note: Images are preprocessed as "imagenet"/);
    const result = JSON.parse((await run(...argv, "--json")).stdout);
    expect(result.preprocessingGuessed).toBe('"imagenet", going by its name');
  });

  test("inputs that the float model was not trained with prove nothing: exit 1", async () => {
    const wrong = '{"preset": "raw", "scale": 1e-9, "resize": "stretch"}';
    const { code, stdout } = await run(
      ...["run", resnet20Model, "--precision", "fp16", ...labelled, "--preprocess", wrong],
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT PROVEN: the float model itself is no better than a guess: top-1 accuracy/);
  });
});

describe("a bundle", () => {
  test("tells of this machine when it is made, and of the device when it is back", async () => {
    const made = await run(
      ...["run", mnistModel, "--target", "jetson", "--bundle", ...calibrated],
      ...["--test-data", digits, "--test-samples", "6"],
      ...["--preprocess", "raw", "--runs", "5", "--out", "made"],
    );
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^PASSED HERE, not yet on the device: .*this machine's processor\n/);
    expect(made.stdout).not.toMatch(/Latency|Throughput|Peak memory/);
    expect(made.stdout).toMatch(/\nengine +built on the device; checked here with onnxruntime /);
    const here = JSON.parse(readFileSync(join(temp.path, "made/result.json"), "utf8"));
    expect(here.validation.deployed.bytes).toBeGreaterThan(0);
    expect(JSON.stringify(here.validation)).not.toMatch(/"(latency|speedUp|times)"/);
    const bundle = join(temp.path, "made/bundle");
    expect(readFileSync(join(bundle, "deployment.json"), "utf8")).not.toContain(temp.path);

    const bin = await standInTrtexec(join(temp.path, "bin"), { TRTEXEC_VERSION: "100300" });
    const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: temp.path };
    expect(Bun.spawnSync(["sh", join(bundle, "run.sh")], { env }).exitCode).toBe(0);
    const back = await run("validate", "--bundle-results", bundle);
    expect(back.code).toBe(0);
    expect(back.stdout).toMatch(/^PASSED: /);
    expect(back.stdout).toEndWith("\nreport  made/bundle/report.html\n");

    const told = await run("report", bundle);
    expect(told.stdout).toMatch(/^# mnist\.onnx → jetson, int8\n\n\*\*PASSED\*\*: /);
    expect(told.stdout).toContain("tensorrt 10.3.0");
    expect(told.stdout).toMatch(/Latency p50/);
    const result = JSON.parse(readFileSync(join(bundle, "result.json"), "utf8"));
    expect(result.target).toMatchObject({ name: "jetson", versions: { tensorrt: "10.3.0" } });
    expect(result.worst.length).toBeGreaterThan(0);
    expect(existsSync(join(bundle, "report.html"))).toBe(true);
  }, 30_000);
});

test("report --format json is the result as it was written", async () => {
  await run("run", mnistModel, ...calibrated, ...raw, "--out", "made");
  const file = join(temp.path, "made/result.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"format"', '"later": [1],\n  "format"'));
  const { stdout } = await run("report", "made", "--format", "json");
  expect(stdout).toBe(readFileSync(file, "utf8"));
});

test("that no choice of layers is good enough is said at the terminal", async () => {
  copyFileSync(digits, join(temp.path, "unlabelled.idx3-ubyte.gz"));
  const strict = ["--test-data", "unlabelled.idx3-ubyte.gz", "--test-samples", "5", "--tolerance", "0.00001"];
  const argv = ["run", mnistModel, ...calibrated, ...raw, ...strict];
  const { code, stdout, stderr } = await run(...argv);
  expect(code).toBe(1);
  expect(stderr).toMatch(/left in float; no choice of them is good enough/);
  expect(stdout).toMatch(/note: .* None of the \d+ models that were tried comes down to that/);
});
