import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ModelNeed, Verdict } from "../decision/types.ts";
import { parseGpus } from "../gpus/parse.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelConfig } from "../model/model-config.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { readConfig } from "../model/read-config.ts";
import { readQuantization } from "../quantization/read.ts";
import { modelLimit } from "../requirements/text-config.ts";
import { namedRuntime, UNKNOWN_RUNTIME } from "../runtime/image.ts";

/** What a case may say; numbers are GiB a GPU. */
export interface Case {
  name: string;
  source: string;
  model: string;
  quantization?: string;
  gpus: string;
  args?: string[];
  vllm?: string;
  expect: {
    verdict?: Verdict;
    reason?: string;
    nearest?: string;
    weights?: number;
    kv?: number;
    activations?: number;
  };
}

interface Model {
  source: string;
  parameters?: number;
  config: ModelConfig & { alternate?: number; hybrid?: number[] };
}

const read = (file: string): string => readFileSync(join(import.meta.dir, file), "utf8");

export const models: Record<string, Model> = parse(read("models.yaml"));
const quantizations: Record<string, Record<string, unknown>> = parse(read("quantizations.yaml"));

export const cases: Case[] = ["memory.yaml", "memory-verdicts.yaml", "support.yaml"].flatMap((file): Case[] =>
  parse(read(file)),
);

/** A model's facts as if its config alone had been read. */
export function factsOf(name: string, quantization?: string): ModelFacts {
  const model = models[name];
  if (model === undefined) throw new Error(`no model ${name} in models.yaml`);
  const config = configOf(model, quantization);
  return {
    reference: name,
    source: "hub",
    digest: undefined,
    architecture: config.architectures?.[0],
    config,
    tensors: undefined,
    parametersFromName: undefined,
    quantization: readQuantization(config),
    container: undefined,
    licence: undefined,
    contextLimit: modelLimit(config),
    estimatedFromName: false,
    evidence: [],
    problems: [],
  };
}

/** As the reader of config.json gives it. The lists of layers of two models are written short. */
function configOf({ config }: Model, quantization: string | undefined): ModelConfig {
  const { config: read, problems } = readConfig(JSON.stringify(written(config, quantization)));
  if (read === undefined || problems.length > 0) throw new Error(problems.join("; "));
  return read;
}

function written(config: Model["config"], quantization: string | undefined): ModelConfig {
  const { alternate, hybrid, ...rest } = config;
  const layers = (count: number, type: (i: number) => string): ModelConfig => ({
    layer_types: Array.from({ length: count }, (_, i) => type(i)),
  });
  return {
    ...rest,
    ...(alternate === undefined
      ? {}
      : layers(alternate, (i) => (i % 2 === 0 ? "sliding_attention" : "full_attention"))),
    ...(hybrid === undefined ? {} : layers(40, (i) => (hybrid.includes(i) ? "attention" : "mamba"))),
    ...(quantization === undefined ? {} : { quantization_config: quantizations[quantization] ?? {} }),
  };
}

export function needOf({ name, model, quantization, args = [] }: Omit<Case, "expect" | "source">): ModelNeed {
  return {
    entry: { name, image: `hf://${model}`, outputType: "text", args, gpuCount: undefined, line: 1 },
    facts: factsOf(model, quantization),
    unread: undefined,
  };
}

export const inventoryOf = ({ gpus, vllm }: Pick<Case, "gpus" | "vllm">): Inventory =>
  parseGpus(gpus, vllm === undefined ? UNKNOWN_RUNTIME : namedRuntime(vllm, "the case"));
