import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { sensitivityProbe } from "../mixed/probe.ts";
import { decodeModel } from "../onnx/decode.ts";
import { encodeModel } from "../onnx/encode.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { noise } from "../onnx/model-of.fixture.ts";
import type { OnnxModel } from "../onnx/types.ts";
import { mnistModel } from "../real-models.fixture.ts";
import { toFloat16 } from "./float16/index.ts";
import { prepare } from "./prepare.ts";
import { CPU_PROFILE, TENSORRT_PROFILE } from "./profiles.ts";
import { quantize } from "./quantize.ts";
import { transformer } from "./transformer.fixture.ts";
import type { Ranges } from "./types.ts";
import { weightOnly } from "./weight-only/index.ts";

/** Of everything that is made. */
const rangesOf = ({ graph }: OnnxModel): Ranges =>
  new Map(
    [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)].map(
      (name) => [name, { min: -1, max: 1 }],
    ),
  );

const WORKS: ((model: OnnxModel) => unknown)[] = [
  (model) => quantize(model, rangesOf(model), CPU_PROFILE),
  (model) => quantize(model, rangesOf(model), TENSORRT_PROFILE),
  (model) => toFloat16(model, rangesOf(model)),
  (model) => weightOnly(model, { bits: 4 }),
  (model) => sensitivityProbe(model, rangesOf(model), CPU_PROFILE),
];

test("what is read of a damaged model is worked on or refused, and nothing else", async () => {
  const originals = [await readFile(mnistModel), encodeModel(transformer({ written: "out" }))];
  const next = noise(4);
  const below = (limit: number): number => Math.floor(((next() + 1) / 2) * limit);
  const counts = { worked: 0, refused: 0 };
  for (let round = 0; round < 400; round++) {
    const bytes = Uint8Array.from(originals[round % 2]!);
    for (let hits = 1 + below(5); hits > 0; hits--) bytes[below(2500)] = below(256);
    for (const work of WORKS) {
      try {
        work(prepare(decodeModel(bytes)));
        counts.worked++;
      } catch (thrown) {
        // Anything else is a defect.
        if (!(thrown instanceof ModelFileError)) throw thrown;
        counts.refused++;
      }
    }
  }
  expect(Math.min(counts.worked, counts.refused)).toBeGreaterThan(100);
}, 60_000);
