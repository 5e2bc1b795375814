import * as z from "../../base/zod.ts";
import { endpointSchema } from "../artefacts/endpoint.ts";
import { contentRefSchema, tensorRefSchema } from "../artefacts/tensor-ref.ts";
import { PRECISIONS } from "../targets/types.ts";

/**
 * A job for a worker: the `input` of a task of the 2389 Agent Protocol. What is large goes by content address; what comes
 * back is put to the sender's endpoint, and the response names it.
 */
export const JOB_FORMAT = "agent2389 model job 1";
export const REPLY_FORMAT = "agent2389 model job reply 1";

/** Neither a path nor a way out of a folder. */
const fileName = () =>
  z.string().check(
    z.regex(/^[^/\\\0]{1,255}$/, "expected the name of a file, without a folder"),
    z.refine((name) => name !== "." && name !== "..", "expected the name of a file"),
  );

export const fileRefSchema = () => z.object({ ...contentRefSchema().shape, name: fileName() });
export type FileRef = z.output<ReturnType<typeof fileRefSchema>>;

/** The first is the one to load; the others lie beside it. */
const filesSchema = () => z.array(fileRefSchema()).check(z.minLength(1), z.maxLength(64));

const tensorrtSchema = () =>
  z.object({
    workspaceMiB: z.optional(z.int().check(z.gte(1))),
    dlaCore: z.optional(z.int().check(z.gte(0), z.lte(15))),
    level: z.optional(z.int().check(z.gte(0), z.lte(5))),
  });

const kernelsSchema = () =>
  z.object({
    integer: z.int(),
    float: z.int(),
    half: z.optional(z.int()),
    conversions: z.int(),
    operators: z.record(z.string(), z.int()),
  });

export const remoteArtifactSchema = () =>
  z.object({
    precision: z.enum(PRECISIONS),
    files: filesSchema(),
    versions: z.record(z.string(), z.string()),
    kernels: z.optional(kernelsSchema()),
  });
export type RemoteArtifact = z.output<ReturnType<typeof remoteArtifactSchema>>;

const common = () => ({ format: z.literal(JOB_FORMAT), artefacts: endpointSchema() });

export const jobSchema = () =>
  z.discriminatedUnion("kind", [
    z.object({ ...common(), kind: z.literal("describe") }),
    z.object({
      ...common(),
      kind: z.literal("build"),
      precision: z.enum(PRECISIONS),
      model: filesSchema(),
      shapes: z.record(z.string(), z.array(z.int().check(z.gte(0)))),
      tensorrt: z.optional(tensorrtSchema()),
    }),
    z.object({
      ...common(),
      kind: z.literal("run"),
      artifact: remoteArtifactSchema(),
      samples: z.described(contentRefSchema(), "JSON: for each sample the list of its values."),
    }),
    z.object({
      ...common(),
      kind: z.literal("time"),
      artifact: remoteArtifactSchema(),
      feeds: z.array(tensorRefSchema()),
      warmUp: z.int().check(z.gte(0)),
      runs: z.int().check(z.gte(1), z.lte(1_000_000)),
    }),
  ]);
export type Job = z.output<ReturnType<typeof jobSchema>>;
export type JobOf<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

/** What a job asks for, before the sender's endpoint is added. */
export type JobBody = Job extends infer J ? (J extends Job ? Omit<J, "format" | "artefacts"> : never) : never;

/** Of `run`, for each sample its values. */
export const samplesSchema = () => z.array(z.array(tensorRefSchema()));

export const outcomeSchema = () => z.object({ outputs: z.array(tensorRefSchema()), ms: z.number() });
export type SampleOutcome = z.output<ReturnType<typeof outcomeSchema>>;

const done = () => ({ format: z.literal(REPLY_FORMAT), ok: z.literal(true) });
const ranOn = () => ({
  name: z.string(),
  machine: z.string(),
  deviceMemory: z.optional(z.described(z.int(), "Bytes, as the engine tells.")),
});

const doneSchema = () =>
  z.discriminatedUnion("kind", [
    z.object({
      ...done(),
      kind: z.literal("describe"),
      available: z.boolean(),
      version: z.string(),
      reason: z.string(),
      hint: z.string(),
      machine: z.string(),
      facts: z.array(z.tuple([z.string(), z.string()])),
      precisions: z.array(z.object({ precision: z.enum(PRECISIONS), note: z.string() })),
    }),
    z.object({ ...done(), kind: z.literal("build"), artifact: remoteArtifactSchema() }),
    z.object({
      ...done(),
      kind: z.literal("run"),
      ...ranOn(),
      outcomes: z.described(contentRefSchema(), "JSON: for each sample its outputs and time."),
    }),
    z.object({ ...done(), kind: z.literal("time"), ...ranOn(), ms: z.array(z.number()) }),
  ]);
export type JobDone = z.output<ReturnType<typeof doneSchema>>;
export type DoneOf<Kind extends Job["kind"]> = Extract<JobDone, { kind: Kind }>;

const failedSchema = () =>
  z.object({
    format: z.literal(REPLY_FORMAT),
    ok: z.literal(false),
    error: z.object({
      message: z.string(),
      where: z.optional(z.string()),
      hint: z.optional(z.string()),
      model: z.described(z.boolean(), "Whether it is the model that is at fault."),
    }),
  });
export type JobFailed = z.output<ReturnType<typeof failedSchema>>;

export const replySchema = () => z.union([doneSchema(), failedSchema()]);
