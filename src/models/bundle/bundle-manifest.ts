import * as z from "../../base/zod.ts";
import { contentRefSchema, dataTypeSchema, tensorRefSchema } from "../artefacts/tensor-ref.ts";
import { PRECISIONS } from "../targets/types.ts";

export const BUNDLE_FORMAT = "agent2389 bundle 1";
export const BUNDLE_FILE = "manifest.json";
/** The result of making it, without what was measured: what a report on the device's results tells of the model. */
export const DEPLOYMENT_FILE = "deployment.json";
export const SCRIPT_FILE = "run.sh";
export const RESULTS_FOLDER = "results";
/** Not compressed: it cannot become larger than it is. */
export const RESULTS_ARCHIVE = "results.tar";

/** Below the bundle's folder, in plain names: a manifest that comes back must not lead elsewhere. */
export const bundlePath = () =>
  z.string().check(
    z.regex(/^[\w.-]+(\/[\w.-]+){0,4}$/, "expected a path below the bundle"),
    z.refine(
      (path) => !path.split("/").some((part) => /^\.+$/.test(part)),
      "expected a path below the bundle",
    ),
  );

const fileRef = () => z.object({ ...contentRefSchema().shape, path: bundlePath() });
const tensorFile = () => z.object({ ...tensorRefSchema().shape, path: bundlePath() });
export type TensorFile = z.output<ReturnType<typeof tensorFile>>;

const boxSchema = () =>
  z.object({
    x1: z.number(),
    y1: z.number(),
    x2: z.number(),
    y2: z.number(),
    score: z.number(),
    class: z.number(),
  });

const sampleSchema = () =>
  z.object({
    file: z.string(),
    label: z.optional(z.string()),
    boxes: z.optional(z.array(boxSchema())),
    inputs: z.array(tensorFile()),
    reference: z.described(z.array(tensorFile()), "What the float model gives."),
  });

/** All that a bundle is made of, and what its results are held against. */
export const bundleManifestSchema = () =>
  z.object({
    format: z.literal(BUNDLE_FORMAT),
    program: z.object({ name: z.string(), version: z.string() }),
    precision: z.enum(PRECISIONS),
    model: z.array(fileRef()).check(z.minLength(1)),
    outputs: z.array(z.object({ name: z.string(), type: dataTypeSchema() })),
    baseline: z.object({
      name: z.string(),
      machine: z.string(),
      bytes: z.int(),
      times: z.described(
        z.array(z.number()),
        "Milliseconds of runs of the first sample; empty: not measured.",
      ),
    }),
    tolerance: z.number(),
    confidence: z.optional(z.number()),
    agreement: z.optional(z.number()),
    runs: z.described(z.int().check(z.gte(0)), "How often the first sample is timed on the device."),
    warmUp: z.int().check(z.gte(0)),
    labels: z.optional(z.array(z.string())),
    samples: z.array(sampleSchema()).check(z.minLength(1)),
  });
export type BundleManifest = z.output<ReturnType<typeof bundleManifestSchema>>;

/** `0007`: what a sample is called in the folders. */
export const sampleName = (index: number): string => String(index).padStart(4, "0");
