import * as z from "../../base/zod.ts";
import { SCHEMES } from "../quantization/types.ts";
import type { ModelConfig } from "./model-config.ts";
import type { ModelFacts } from "./model-facts.ts";
import { soundConfig } from "./read-config.ts";

const size = z.number().check(z.gte(0));
const text = z.string().check(z.maxLength(100_000));
const texts = z.array(text);

const tensors = z.object({
  bytes: size,
  parameters: z.optional(size),
  byDtype: z.record(text, z.object({ bytes: size, elements: size })),
  byGroup: z.optional(
    z.partialRecord(z.enum(["embedding", "head", "experts", "norms", "vision", "other"]), size),
  ),
  read: z.enum(["headers", "index", "files", "gguf"]),
});

const quantization = z.object({
  method: text,
  scheme: z.enum(SCHEMES),
  weightBits: z.optional(size),
  activationBits: z.optional(size),
  groupSize: z.optional(size),
  symmetric: z.optional(z.boolean()),
  descAct: z.optional(z.boolean()),
  blockSize: z.optional(z.readonly(z.tuple([size, size]))),
  kvCacheDtype: z.optional(text),
  ignored: texts,
  fromName: z.boolean(),
});

const doubt = z.object({
  code: z.enum(["weights-missing", "weights-broken", "weights-unseen", "config-contradicted"]),
  text: text,
});

const config = z.pipe(
  z.record(z.string(), z.unknown()),
  z.transform((value, context): ModelConfig => {
    const { config: sound, problems } = soundConfig(value);
    for (const message of problems) context.issues.push({ code: "custom", message, input: value });
    return sound;
  }),
);

/** Facts as they are written down: in the cache, and in `models_info.json`. JSON has no undefined. */
const factsSchema = z.object({
  reference: text,
  source: z.enum(["registry", "hub", "folder", "gguf", "name"]),
  digest: z.optional(text),
  architecture: z.optional(text),
  config: z.optional(config),
  tensors: z.optional(tensors),
  parametersFromName: z.optional(size),
  quantization: z.optional(quantization),
  container: z.optional(z.object({ bytes: size, layers: size, architectures: texts })),
  licence: z.optional(text),
  contextLimit: z.optional(size),
  estimatedFromName: z.boolean(),
  evidence: texts,
  problems: texts,
  doubts: z.optional(z.array(doubt)),
});

const NOTHING = {
  ...{ digest: undefined, architecture: undefined, config: undefined, tensors: undefined },
  ...{ parametersFromName: undefined, quantization: undefined, container: undefined },
  ...{ licence: undefined, contextLimit: undefined },
};
const NOTHING_OF_TENSORS = { parameters: undefined, byGroup: undefined };
const NOTHING_OF_QUANTIZATION = {
  ...{ weightBits: undefined, activationBits: undefined, groupSize: undefined, symmetric: undefined },
  ...{ descAct: undefined, blockSize: undefined, kvCacheDtype: undefined },
};

/** Facts that were written down, or what is wrong with them. */
export function savedFacts(value: unknown): { facts: ModelFacts } | { damage: string } {
  const parsed = z.parseOnce(factsSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { damage: `${issue?.path.map(String).join(".") || "facts"}: ${issue?.message ?? "not sound"}` };
  }
  const { tensors: read, quantization: own, doubts, ...rest } = parsed.data;
  const facts: ModelFacts = {
    ...{ ...NOTHING, ...rest },
    tensors: read && { ...NOTHING_OF_TENSORS, ...read },
    quantization: own && { ...NOTHING_OF_QUANTIZATION, ...own },
    ...(doubts !== undefined && { doubts }),
  };
  return { facts };
}
