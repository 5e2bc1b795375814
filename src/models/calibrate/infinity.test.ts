import { describe, expect, test } from "bun:test";
import { floats, modelOf, node } from "../onnx/model-of.fixture.ts";
import { floatTensors } from "../pipeline/calibration.ts";
import { prepare } from "../quantize/prepare.ts";
import { CPU_PROFILE } from "../quantize/profiles.ts";
import { quantize } from "../quantize/quantize.ts";
import { calibrating, samplesOf } from "./calibrating.fixture.ts";

const { run } = calibrating();

describe("infinite values, as masks of attention are made with", () => {
  /** y = Softmax(x with −∞ where it is below zero)·w; m is what the mask makes. */
  const masked = modelOf({
    inputs: { x: [1, 2] },
    outputs: { y: [1, 2] },
    weights: [floats("zero", [], [0]), floats("low", [], [-Infinity]), floats("w", [2, 2], [1, 2, 3, 4])],
    nodes: [
      node("Less", ["x", "zero"], ["hidden"]),
      node("Where", ["hidden", "low", "x"], ["m"]),
      node("Identity", ["m"], ["again"]),
      node("Softmax", ["again"], ["p"], { axis: -1 }),
      node("MatMul", ["p", "w"], ["y"]),
    ],
  });
  const tensors = ["x", "m", "again", "p", "y"];
  const lists = [...Array.from({ length: 40 }, () => [1, 2]), [3, -1]];

  test("leave the tensor without a range, and all others with theirs, whatever shares the samples", async () => {
    for (const [threads, method] of [
      [1, "mse"],
      [2, "minmax"],
    ] as const) {
      const { ranges, findings } = await run(samplesOf(lists), { tensors, threads, method }, {}, masked);
      expect([...ranges.keys()].sort()).toEqual(["p", "x", "y"]);
      expect(ranges.get("x")).toMatchObject({ lowest: -1, highest: 3 });
      expect(findings.filter(({ kind }) => kind === "infinite").map(({ tensor }) => tensor)).toEqual([
        "m",
        "again",
      ]);
    }
  });

  test("are still known where an earlier pass saw them", async () => {
    const digest = crypto.randomUUID();
    await run(samplesOf(lists, digest), { tensors }, {}, masked);
    const { ranges, reused } = await run(samplesOf(lists, digest), { tensors }, {}, masked);
    expect(reused).toBe(lists.length);
    expect(ranges.has("m")).toBe(false);
  });

  test("in an output of the model are refused, with the input that began it", async () => {
    await expect(
      run(samplesOf([[Number.POSITIVE_INFINITY, 1]]), { tensors: ["x", "a", "z"] }),
    ).rejects.toMatchObject({
      message: 'the float model itself gives Infinity in tensor "z"; the values for input "x" are infinite',
      where: "sample 0",
    });
  });

  test("leave the layers that take them in float, and say so", async () => {
    const model = modelOf({
      inputs: { x: [1, 2] },
      outputs: { y: [1, 2] },
      weights: [floats("one", [], [1]), floats("w", [2, 2], [1, 2, 3, 4]), floats("low", [], [-1e30])],
      nodes: [
        node("MatMul", ["x", "w"], ["first"], {}),
        node("Div", ["one", "x"], ["reciprocal"]),
        node("MatMul", ["reciprocal", "w"], ["second"]),
        node("Max", ["second", "low"], ["high"]),
        node("Clip", ["high", "low", "one"], ["low_again"]),
        node("Add", ["first", "low_again"], ["y"]),
      ],
    });
    const prepared = prepare(model);
    const { ranges } = await run(
      samplesOf([
        [1, 2],
        [0, 2],
      ]),
      { tensors: floatTensors(prepared) },
      {},
      prepared,
    );
    const { layers } = quantize(prepared, ranges, CPU_PROFILE);
    expect(layers.map(({ precision, reason }) => [precision, reason])).toEqual([
      ["int8", undefined],
      ["float", "calibration saw no finite range of its input"],
    ]);
  });
});
