import * as z from "../../base/zod.ts";
import { preprocessingSchema } from "../data/preprocessing.ts";
import type { Result } from "../report/result-schema.ts";
import { PRECISIONS } from "../targets/types.ts";
import { CRITERIA } from "../validate/verdict.ts";

export const MANIFEST_FILE = "manifest.json";

/** Changes when a reader of the older form would misread the newer. */
export const MANIFEST_FORMAT = "agent2389 model 1";

const text = (description: string) => z.described(z.string(), description);
const sha256 = () => z.described(z.string().check(z.regex(/^[0-9a-f]{64}$/)), "SHA-256, hexadecimal.");
const finite = (description: string) =>
  z.described(z.nullable(z.number()), `${description} null: not a finite number.`);

const metricsSchema = () =>
  z.strictObject({
    passed: z.boolean(),
    on_device: z.optional(
      z.described(
        z.boolean(),
        "false: by ONNX Runtime on the machine that made it, as the device was out of reach.",
      ),
    ),
    criterion: z.enum(CRITERIA),
    value: finite("What was lost, a share of 1."),
    tolerance: z.described(z.number(), "What may be lost, a share of 1."),
    samples: z.int(),
    accuracy: z.optional(z.strictObject({ baseline: z.number(), deployed: z.number() })),
    top1_agreement: z.optional(z.number()),
    box_agreement: z.optional(z.number()),
    outputs: z.array(
      z.strictObject({
        name: z.string(),
        disagreement: finite("A share of 1."),
        cosine: z.optional(z.number()),
        sqnr_db: z.optional(finite("dB.")),
      }),
    ),
  });

/**
 * What goes with every artefact: all that inference needs to know, and where the artefact comes from. The same inputs, options
 * and versions give the same bytes: it holds no times and no folders of the machine that made it.
 */
export const manifestSchema = () =>
  z.strictObject({
    format: z.literal(MANIFEST_FORMAT),
    name: text("Of the model, as its file is called."),
    program: z.strictObject({ name: z.string(), version: z.string() }),
    source: z.strictObject({
      file: text("Its name, without the folder."),
      sha256: sha256(),
      bytes: z.int(),
      opset: z.int(),
    }),
    target: z.strictObject({
      name: z.string(),
      versions: z.described(z.record(z.string(), z.string()), "Of what took part in the build."),
    }),
    precision: z.enum(PRECISIONS),
    files: z.described(
      z.array(z.strictObject({ path: text("Relative to this file."), sha256: sha256(), bytes: z.int() })),
      "The first is the one to load.",
    ),
    inputs: z.array(z.strictObject({ name: z.string(), type: z.string(), dims: z.array(z.number()) })),
    outputs: z.array(
      z.strictObject({
        name: z.string(),
        type: z.string(),
        dims: z.array(z.nullable(z.union([z.number(), z.string()]))),
      }),
    ),
    preprocessing: preprocessingSchema(),
    labels: z.optional(z.described(z.array(z.string()), "Names of the classes, in the model's order.")),
    calibration: z.optional(
      z.strictObject({
        method: z.string(),
        percentile: z.optional(z.number()),
        samples: z.int(),
        digest: sha256(),
      }),
    ),
    float_layers: z.described(z.array(z.string()), "Layers with weights that were left in float."),
    metrics: z.optional(metricsSchema()),
  });
export type Manifest = z.output<ReturnType<typeof manifestSchema>>;

/** The manifest of what a result tells about. */
export function manifestOf(result: Result, name: string): Manifest {
  const { program, source, target, precision, artifact, inputs, preprocessing, calibration, layers } = result;
  const { file, sha256, bytes, opset } = source;
  const labels = result.validation?.labels;
  return {
    format: MANIFEST_FORMAT,
    name,
    program,
    source: { file, sha256, bytes, opset },
    target: { name: target.name, versions: target.versions },
    precision,
    files: artifact.files,
    inputs,
    outputs: source.outputs,
    preprocessing,
    ...(labels && { labels }),
    ...(calibration && { calibration: calibrationOf(calibration) }),
    float_layers: layers.filter((layer) => layer.precision === "float").map((layer) => layer.name),
    ...(result.validation && { metrics: metricsOf(result.validation, target) }),
  };
}

const calibrationOf = ({ method, percentile, samples, digest }: NonNullable<Result["calibration"]>) => ({
  method,
  ...(percentile !== undefined && { percentile }),
  samples,
  digest,
});

function metricsOf(
  { verdict, samples, classification, detection, outputs }: NonNullable<Result["validation"]>,
  { onDevice }: Result["target"],
) {
  const { passed, criterion, value, tolerance } = verdict;
  const accuracy = classification?.accuracy;
  return {
    passed,
    ...(onDevice === false && { on_device: false }),
    criterion,
    value,
    tolerance,
    samples: samples.length,
    ...(accuracy && { accuracy: { baseline: accuracy.baseline.top1, deployed: accuracy.deployed.top1 } }),
    ...(classification && { top1_agreement: classification.top1Agreement }),
    ...(detection && { box_agreement: detection.agreement }),
    outputs: outputs.map(({ name, disagreement, differences }) => ({
      name,
      disagreement,
      ...(differences && { cosine: differences.cosine.mean, sqnr_db: differences.sqnr }),
    })),
  };
}
