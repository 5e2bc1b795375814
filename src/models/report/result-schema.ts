import * as z from "../../base/zod.ts";
import { preprocessingSchema } from "../data/preprocessing.ts";
import { PRECISIONS } from "../targets/types.ts";
import { EXACT } from "./format.ts";
import { validationSchema } from "./validation-schema.ts";

/** Changes when a reader of the older form would misread the newer. */
export const RESULT_FORMAT = "agent2389 model result 1";

const text = (description: string) => z.described(z.string(), description);
const count = (description: string) => z.described(z.int().check(z.gte(0)), description);
const number = (description: string) => z.described(z.number(), description);

/** null stands for what JSON cannot say: infinite, or not a number. */
const finite = (description: string) =>
  z.described(z.nullable(z.number()), `${description} null: not a finite number.`);

const portSchema = () =>
  z.object({
    name: z.string(),
    type: text("ONNX's name of the type: float, uint8, int64, …"),
    dims: z.described(
      z.array(z.nullable(z.union([z.number(), z.string()]))),
      "A number, the name of a size that is open, or null for one that is not known.",
    ),
  });

const layerSchema = () =>
  z.object({
    name: text("Of the node; its first output where it has none."),
    operator: z.string(),
    precision: z.enum(["int8", "int4", "float16", "float"]),
    reason: z.optional(text("Why it was left in float.")),
    sqnr: z.optional(
      z.described(
        z.nullable(z.union([z.number(), z.literal(EXACT)])),
        `Signal to noise of its weights, dB: 10·log₁₀(Σw² / Σ(w−ŵ)²). "${EXACT}": nothing was lost (null in results of older versions).`,
      ),
    ),
    outputSqnr: z.optional(
      z.described(
        z.union([z.number(), z.literal(EXACT)]),
        `Signal to noise of what it gives, dB, against the float model over a few samples, with the noise that came in. "${EXACT}": the same.`,
      ),
    ),
    elements: z.optional(count("Weights that it has.")),
    deadChannels: z.optional(count("Output channels whose weights are all zero.")),
  });

const calibrationSchema = () =>
  z.object({
    method: z.enum(["minmax", "entropy", "percentile", "mse"]),
    percentile: z.optional(number("In percent.")),
    samples: count("Samples that were run."),
    digest: text("SHA-256 over the samples, the inputs and the preprocessing."),
    skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
    findings: z.array(z.object({ tensor: z.string(), kind: z.string(), text: z.string() })),
  });

const mixedSchema = () =>
  z.object({
    limit: number("Accuracy or output difference that may be lost, a share of 1."),
    before: finite("What was lost with every layer quantized, a share of 1."),
    after: finite("What is lost now."),
    reached: z.optional(z.described(z.boolean(), "false: no choice of layers brings it to the limit.")),
    tries: count("Models that were compared."),
    kept: z.array(
      z.object({
        layer: z.string(),
        operator: z.string(),
        ifQuantized: z.optional(finite("What would be lost were it quantized too, a share of 1.")),
        elements: count("Weights that stay in float for it."),
      }),
    ),
  });

const modelSchema = () =>
  z.object({
    file: text("Its name, without the folder."),
    sha256: z.string(),
    bytes: count("With external data."),
    opset: z.int(),
    producer: z.string(),
    nodes: count("Nodes of the graph."),
    parameters: count("Elements of its weights."),
    inputs: z.array(portSchema()),
    outputs: z.array(portSchema()),
  });

const fileSchema = () =>
  z.object({
    path: text("Relative to the artefact's folder."),
    sha256: z.string(),
    bytes: z.int(),
  });

const kernelsSchema = () =>
  z.object({
    integer: count("Computed in integers."),
    float: count("Layers computed in floats of 32 bits."),
    half: z.optional(count("Layers computed in floats of 16 bits.")),
    conversions: count("QuantizeLinear, DequantizeLinear and Cast that are left between them."),
  });

const sampleImageSchema = () =>
  z.object({
    file: z.string(),
    image: z.described(z.string().check(z.regex(IMAGE)), "What the model was given of it, as a data: URL."),
  });

/** Nothing else goes into the src of an image. */
const IMAGE = /^data:image\/(png|webp|jpeg);base64,[A-Za-z0-9+/=]+$/;

/** Everything that reports are made of: one value, and what `--json` prints. */
export const resultSchema = () =>
  z.object({
    format: z.literal(RESULT_FORMAT),
    program: z.object({ name: z.string(), version: z.string() }),
    source: modelSchema(),
    target: z.object({
      name: z.string(),
      machine: z.optional(z.string()),
      versions: z.described(z.record(z.string(), z.string()), "Of what took part in the build."),
      kernels: z.optional(z.described(kernelsSchema(), "What the engine made of the operators.")),
      onDevice: z.optional(
        z.described(
          z.boolean(),
          "false: the device was out of reach, and the validation is ONNX Runtime's on the machine that made the model.",
        ),
      ),
    }),
    precision: z.enum(PRECISIONS),
    inputs: z.described(
      z.array(z.object({ name: z.string(), type: z.string(), dims: z.array(z.number()) })),
      "With all dimensions chosen.",
    ),
    preprocessing: preprocessingSchema(),
    preprocessingGuessed: z.optional(
      text("Which preset was taken and why, where nobody said it: figures are wrong where the guess is."),
    ),
    calibration: z.optional(calibrationSchema()),
    layers: z.described(z.array(layerSchema()), "Nodes with weights, in the order of the graph."),
    mixed: z.optional(mixedSchema()),
    artifact: z.object({
      folder: text("Its name, without the path to it."),
      files: z.array(fileSchema()),
      bytes: count("Of the model or engine, with external data."),
    }),
    validation: z.optional(validationSchema()),
    worst: z.described(z.array(sampleImageSchema()), "Pictures of the samples with the greatest difference."),
    warnings: z.array(z.string()),
    steps: z.array(z.object({ name: z.string(), ms: z.number() })),
  });
export type Result = z.output<ReturnType<typeof resultSchema>>;
export type ResultLayer = Result["layers"][number];
