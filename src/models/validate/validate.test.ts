import { beforeAll, describe, expect, test } from "bun:test";
import { openOrt } from "../ort/open-ort.ts";
import type { Ort, Value } from "../ort/types.ts";
import { type Digit, digits, mnistModel } from "../real-models.fixture.ts";
import type { LabelledSample } from "./comparison.ts";
import { floats, runnerOf } from "./runner.fixture.ts";
import type { Runner } from "./runner.ts";
import { type ValidationSamples, validate } from "./validate.ts";

const x = floats([1, 3], [1, 2, 3]);
const samplesOf = (...samples: Partial<LabelledSample>[]): ValidationSamples => ({
  count: samples.length,
  read: async (i) => ({ feeds: { x }, file: `${i}.jpg`, ...samples[i] }),
});
const three = samplesOf({}, {}, {});
const gives = (outputs: Record<string, Value>, more: Partial<Runner> = {}) => runnerOf(() => outputs, more);
const baseline = gives({ y: floats([1, 2, 2], [1, 2, 3, 4]) });
const QUIET = { latency: false } as const;

test("the same model passes, with nothing between the two", async () => {
  const found = await validate(baseline, baseline, three, { latency: { runs: 4, warmUp: 1 } });
  expect(found).toMatchObject({
    verdict: { passed: true, criterion: "output", value: 0 },
    speedUp: 1,
    classification: undefined,
    detection: undefined,
    samples: [0, 1, 2].map((i) => ({ file: `${i}.jpg`, difference: 0, cosine: 1 })),
    baseline: { name: "test", bytes: 100, latency: { runs: 4, p50: 1 }, peakMemory: undefined },
    notes: [],
  });
});

test("a sample's difference is a share of the range over all samples", async () => {
  const samples = samplesOf({ feeds: { x: floats([1], [0]) } }, { feeds: { x: floats([1], [10]) } });
  const echo = runnerOf(({ x: given }) => ({ y: floats([1], given!.data as Float32Array) }));
  const off = runnerOf(({ x: given }) => ({ y: floats([1], [(given!.data as Float32Array)[0]! * 0.8]) }));
  const { samples: reports, verdict } = await validate(echo, off, samples, QUIET);
  expect(reports.map(({ difference }) => difference)).toEqual([0, expect.closeTo(0.2, 6)]);
  expect(verdict.value).toBeCloseTo(0.2 / Math.SQRT2, 6);
});

describe("models that cannot be compared", () => {
  const refused = (outputs: Record<string, Value>) =>
    expect(validate(baseline, gives(outputs, { name: "net.engine" }), three, QUIET)).rejects;

  test("other dimensions", () =>
    refused({ y: floats([1, 4], [1, 2, 3, 4]) }).toMatchObject({
      name: "ModelFileError",
      message: 'output "y" is 1×2×2 in the baseline and 1×4 in the deployed model',
      where: "net.engine",
    }));

  test("a missing output", () =>
    refused({ z: floats([1], [1]) }).toMatchObject({
      message: 'the deployed model has no output "y"',
      hint: "It has z.",
    }));
});

test("without samples there is nothing to say", async () => {
  await expect(validate(baseline, baseline, samplesOf(), QUIET)).rejects.toThrow("there are no samples");
});

test("values that are no numbers fail", async () => {
  const { verdict } = await validate(
    baseline,
    gives({ y: floats([1, 2, 2], [1, Number.NaN, 3, 4]) }),
    three,
    QUIET,
  );
  expect(verdict).toMatchObject({ passed: false, criterion: "finite" });
});

test("integers and text are compared for being equal", async () => {
  const ids: Value = { type: "int64", dims: [4], data: BigInt64Array.of(1n, 2n, 3n, 4n) };
  const text: Value = { type: "string", dims: [2], data: ["a", "b"] };
  const { outputs, verdict } = await validate(
    gives({ ids, text }),
    gives({ ids: { ...ids, data: BigInt64Array.of(1n, 2n, 3n, 9n) }, text: { ...text, data: ["a", "x"] } }),
    three,
    QUIET,
  );
  expect(outputs).toMatchObject([
    { name: "ids", disagreement: 0.25, ofRange: false, differences: { maxAbsolute: 5 } },
    { name: "text", disagreement: 0.5, ofRange: false, differences: undefined },
  ]);
  expect(verdict).toMatchObject({ passed: false, value: 0.5 });
});

test("a deployed model may give float16 for the baseline's float", async () => {
  const half: Value = { type: "float16", dims: [1, 2, 2], data: Float16Array.of(1, 2, 3, 4) };
  expect((await validate(baseline, gives({ y: half }), three, QUIET)).verdict.passed).toBe(true);
});

test("the speeds of two machines are not compared", async () => {
  const elsewhere = gives(await baseline.run({}).then(({ outputs }) => outputs), { machine: "Jetson Orin" });
  const found = await validate(baseline, elsewhere, three, { latency: { runs: 2, warmUp: 0 } });
  expect(found.speedUp).toBeUndefined();
  expect(found.deployed.latency).toBeDefined();
});

test("peak memory is asked for when it is wanted", async () => {
  const peakMemory = async () => ({ peak: 300, floor: 100 });
  const runner = { ...baseline, peakMemory };
  expect((await validate(runner, runner, three, QUIET)).deployed.peakMemory).toBeUndefined();
  const found = await validate(runner, baseline, three, { ...QUIET, memory: true });
  expect([found.baseline.peakMemory, found.deployed.peakMemory]).toEqual([
    { peak: 300, floor: 100 },
    undefined,
  ]);
});

test("it tells how far it is, and ends when it is told to", async () => {
  const told: string[] = [];
  await validate(baseline, baseline, three, { ...QUIET, progress: (done, of) => told.push(`${done}/${of}`) });
  expect(told).toEqual(["1/3", "2/3", "3/3"]);
  const [gone, stop] = [new Error("stopped"), new AbortController()];
  const stopped = validate(baseline, baseline, three, {
    ...QUIET,
    signal: stop.signal,
    progress: () => stop.abort(gone),
  });
  await expect(stopped).rejects.toBe(gone);
});

describe("notes", () => {
  const classes = gives({ logits: floats([1, 2], [1, 0]) });
  const labelled = (count: number, label: (i: number) => string): ValidationSamples => ({
    count,
    labels: ["a", "b"],
    read: async (i) => ({ feeds: { x }, file: `${i}.jpg`, label: label(i) }),
  });

  test("labels that no output can be held against", async () => {
    const { notes } = await validate(
      baseline,
      baseline,
      labelled(2, () => "a"),
      QUIET,
    );
    expect(notes).toEqual(["The labels were not used: no output looks like scores of classes."]);
  });

  test("known boxes that no detector was found for", async () => {
    const picture = floats([1, 3, 32, 64], new Float32Array(3 * 32 * 64));
    const samples = samplesOf({ feeds: { x: picture }, boxes: [] }, { feeds: { x: picture } });
    const { notes, verdict } = await validate(baseline, baseline, samples, QUIET);
    expect(verdict).toMatchObject({ passed: true, criterion: "output" });
    expect(notes).toEqual([
      'Box labels lie beside 1 image, but the outputs are not read as those of a detector (for pictures of 64×32, "y" is 1×2×2: shapes or values are those of no detector known here), so they were not used.',
    ]);
    const asked = await validate(baseline, baseline, samples, { ...QUIET, agreement: 0.9 });
    expect(asked.verdict).toMatchObject({ passed: false, criterion: "baseline" });
  });

  test("a float model that is no better than chance", async () => {
    const { notes, verdict } = await validate(
      classes,
      classes,
      labelled(40, (i) => "ab"[i % 2]!),
      {
        ...QUIET,
        tolerance: 0.1,
      },
    );
    expect(verdict).toMatchObject({ passed: false, criterion: "baseline" });
    expect(notes).toEqual([]);
  });

  test("too few samples for the tolerance; an output that never changes", async () => {
    const { notes } = await validate(
      gives({ p: floats([1, 2], [5, 5]) }),
      classesLike(),
      labelled(10, () => "a"),
      QUIET,
    );
    expect(notes).toEqual([
      expect.stringContaining(
        "Too few samples to tell: with 10 labelled ones the accuracy lost lies between",
      ),
      expect.stringContaining('Output "p" has one value in all samples'),
    ]);
  });
  const classesLike = () => gives({ p: floats([1, 2], [5, 5]) });
});

describe("on a real model", () => {
  let ort: Ort;
  let all: Digit[];
  beforeAll(async () => {
    ort = await openOrt({ cacheDir: "/not/used/from/source" });
    all = await digits(200);
  });

  const samples = (): ValidationSamples => ({
    count: all.length,
    labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    read: async (i) => ({ feeds: all[i]!.feeds, file: `${i}`, label: all[i]!.label }),
  });

  async function mnist(change: (pixel: number) => number): Promise<Runner> {
    const session = await ort.session(mnistModel, { threads: 1 });
    return runnerOf(() => ({}), {
      run: ({ Input3: image }) =>
        session.timedRun({ Input3: { ...image!, data: (image!.data as Float32Array).map(change) } }),
      close: () => session.close(),
    });
  }

  test("MNIST with pixels of six steps is a little off, and still reads digits", async () => {
    const [exact, coarse] = [
      await mnist((pixel) => pixel),
      await mnist((pixel) => Math.round(pixel / 51) * 51),
    ];
    const found = await validate(exact, coarse, samples(), { latency: { runs: 5, warmUp: 1 } });
    expect(found.verdict).toMatchObject({ passed: true, criterion: "accuracy" });
    expect(found.classification!.accuracy!.baseline.top1).toBeGreaterThan(0.97);
    expect(found.outputs[0]!.differences!.sqnr).toBeGreaterThan(15);
    expect(found.outputs[0]!.differences!.normalised).toBeGreaterThan(0);
    expect(found.deployed.latency!.p50).toBeGreaterThan(0);
    expect(found.notes).toEqual([expect.stringMatching(/^Too few samples to tell: with 200 labelled ones/)]);
  });

  test("MNIST of black pictures fails", async () => {
    const found = await validate(await mnist((pixel) => pixel), await mnist(() => 0), samples(), QUIET);
    expect(found.verdict.passed).toBe(false);
    expect(found.classification!.accuracy!.deployed.top1).toBeLessThan(0.2);
  });
});
