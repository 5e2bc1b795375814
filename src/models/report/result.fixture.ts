import { preprocessingOf } from "../data/preprocessing.ts";
import { RESULT_FORMAT, type Result } from "./result-schema.ts";
import type { MeasurementsResult } from "./validation-schema.ts";

/** A name that would do harm in HTML, in Markdown and in a table. */
export const HOSTILE = `"><script>alert(1)</script>|[x](javascript:alert(1))\n\`**_`;

const latency = (p50: number) => ({
  runs: 4,
  warmUp: 1,
  p50,
  p90: p50 * 1.2,
  p99: p50 * 2,
  mean: p50 * 1.1,
  least: p50 * 0.9,
  most: p50 * 2,
  perSecond: 1000 / (p50 * 1.1),
  times: [p50, p50 * 0.9, p50 * 1.1, p50 * 2],
});

const measured = (name: string, bytes: number, p50: number): MeasurementsResult => ({
  name,
  machine: "a machine",
  bytes,
  latency: latency(p50),
  peakMemory: { peak: 50_000_000, floor: 30_000_000 },
});

/** A classifier in INT8, half as large and twice as fast, with one layer in float. */
export function resultOfTest(name = "model.onnx"): Result {
  return {
    format: RESULT_FORMAT,
    program: { name: "agent2389", version: "0.0.0" },
    source: {
      file: name,
      sha256: "a".repeat(64),
      bytes: 2000,
      opset: 17,
      producer: name,
      nodes: 3,
      parameters: 500,
      inputs: [{ name, type: "float", dims: ["batch", 3, null] }],
      outputs: [{ name: "scores", type: "float", dims: [1, 10] }],
    },
    target: {
      name: "cpu",
      machine: "a machine",
      versions: { onnxruntime: "1.30.0" },
      kernels: { integer: 2, float: 1, conversions: 1 },
    },
    precision: "int8",
    inputs: [{ name, type: "float", dims: [1, 3, 8] }],
    preprocessing: preprocessingOf("raw"),
    calibration: {
      method: "entropy",
      samples: 200,
      digest: "b".repeat(64),
      skipped: [{ file: name, reason: "it is damaged" }],
      findings: [{ tensor: name, kind: "constant", text: `tensor "${name}" is 0 for every sample (dead)` }],
    },
    layers: [
      { name, operator: "Conv", precision: "float", reason: "it is the first layer" },
      {
        name: "second",
        operator: "Conv",
        precision: "int8",
        sqnr: 41.5,
        outputSqnr: 33.5,
        elements: 400,
        deadChannels: 0,
      },
      { name: "third", operator: "Gemm", precision: "int8", sqnr: "exact", elements: 100, deadChannels: 0 },
    ],
    mixed: {
      limit: 0.01,
      before: 0.03,
      after: 0.005,
      tries: 3,
      kept: [{ layer: name, operator: "Conv", ifQuantized: 0.03, elements: 100 }],
    },
    artifact: {
      folder: name,
      files: [{ path: "model.onnx", sha256: "c".repeat(64), bytes: 1000 }],
      bytes: 1000,
    },
    validation: {
      verdict: {
        passed: true,
        criterion: "accuracy",
        value: 0.005,
        tolerance: 0.01,
        text: `top-1 accuracy 90.00 % → 89.50 % of ${name}`,
      },
      baseline: measured("float", 2000, 2),
      deployed: measured("int8", 1000, 1),
      speedUp: 2,
      labels: [name, "dog"],
      outputs: [
        {
          name,
          type: "float",
          disagreement: 0.004,
          ofRange: true,
          differences: {
            elements: 20,
            maxAbsolute: 0.5,
            meanAbsolute: 0.1,
            relative: 0.02,
            cosine: { mean: 0.999, least: 0.99 },
            sqnr: 30,
            normalised: 0.004,
            range: { min: -3, max: 5 },
            equal: 1,
            notFinite: { baseline: 0, deployed: 0 },
          },
        },
      ],
      classification: {
        output: "scores",
        classes: 2,
        samples: 2,
        top1Agreement: 0.5,
        accuracy: {
          samples: 2,
          baseline: { top1: 0.9 },
          deployed: { top1: 0.895 },
          drop: { value: 0.005, low: -0.01, high: 0.02 },
        },
      },
      samples: [
        { file: name, difference: 0.009, cosine: 0.99, classes: { baseline: 0, deployed: 1, label: 0 } },
        {
          file: "good.png",
          difference: 0.001,
          cosine: 0.999,
          classes: { baseline: 1, deployed: 1, label: 1 },
        },
      ],
      skipped: [],
      notes: [`Output "${name}" has one value in all samples: check the preprocessing.`],
    },
    worst: [{ file: name, image: "data:image/png;base64,AAAA" }],
    warnings: [`Skipped ${name}: it is damaged.`],
    steps: [{ name: "read", ms: 12 }],
  };
}
