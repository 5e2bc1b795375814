import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { type Fields, fields, isObject, numberOf, textOf, textsOf } from "../../base/lenient-json.ts";
import type { ModelNeed } from "../decision/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { savedFacts } from "../model/facts-schema.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { factsFromName } from "../name/name.ts";
import { quantizationFromName } from "../quantization/name.ts";
import { masked } from "../report/masked.ts";
import type { ModelReport, Report } from "../report/types.ts";
import { maskedEntry } from "../secrets/entry.ts";

/** One model of `models_info.json`: the peer's keys, and ours with all that was read. */
interface ModelInfo {
  model_name: string;
  image: string;
  gpu_count?: number | undefined;
  arguments: string[];
  /** GB (10⁹ bytes) of the image; 0: not known. */
  model_size_gb: number;
  /** Billions; null: not known. */
  model_p_billion: number | null;
  quantization_bits: number;
  /** GB (10⁹ bytes) over all GPUs that the model takes, rounded up; null: not known. */
  required_vram_gb: number | null;
  supported_arch: string;
  facts?: ModelFacts | undefined;
  model_output_type?: string | undefined;
}

const GB = 1e9;
const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** `models_info.json`: by name, in the order of the file. */
export function modelsInfoText(needs: readonly ModelNeed[], { models }: Pick<Report, "models">): string {
  const entries = needs.map(({ entry, facts }, i): [string, ModelInfo] => [
    entry.name,
    infoOf(entry, facts, models[i]?.memory),
  ]);
  return `${JSON.stringify(masked(Object.fromEntries(entries)), null, 2)}\n`;
}

function infoOf(entry: ModelEntry, facts: ModelFacts | undefined, needed: ModelReport["memory"]): ModelInfo {
  const parameters = facts?.tensors?.parameters ?? facts?.parametersFromName;
  const { image, args } = maskedEntry(entry);
  return {
    model_name: entry.name,
    image,
    gpu_count: entry.gpuCount,
    arguments: args,
    model_size_gb: hundredths((facts?.container?.bytes ?? 0) / GB),
    model_p_billion: parameters === undefined ? null : hundredths(parameters / 1e9),
    quantization_bits: Math.round(facts?.quantization?.weightBits ?? 16),
    required_vram_gb: needed === undefined ? null : Math.ceil((needed.total * needed.gpus) / GB),
    supported_arch: facts?.container?.architectures.join(",") || "unknown",
    model_output_type: entry.outputType,
    facts,
  };
}

/** What an earlier run knew. */
export interface Bootstrap {
  models: ModelEntry[];
  /** By reference. */
  facts: Map<string, ModelFacts>;
}

/**
 * Models and facts of a `models_info.json`. Entries of a peer hold a guess by the name alone: so they are told, as
 * estimated. `file` is for messages. @throws ExpectedError
 */
export function parseModelsInfo(text: string, file: string): Bootstrap {
  const data = parseJson(text);
  if (!isObject(data))
    throw new ExpectedError("expected an object with an entry for each model", { where: file });
  const bootstrap: Bootstrap = { models: [], facts: new Map() };
  for (const [name, value] of Object.entries(data)) {
    const info = fields(value);
    const { image } = info;
    if (typeof image !== "string" || image === "")
      throw new ExpectedError(`the entry ${JSON.stringify(name)} has no image`, { where: file });
    bootstrap.models.push(entryOf(name, image, info));
    bootstrap.facts.set(image, factsOf(image, info, file));
  }
  return bootstrap;
}

function factsOf(image: string, info: Fields, file: string): ModelFacts {
  if (info["facts"] === undefined)
    return guessed(image, info, `${file} holds a guess by the model's name, not what was read of it`);
  const saved = savedFacts(info["facts"]);
  return "facts" in saved
    ? saved.facts
    : guessed(image, info, `what ${file} holds of it is damaged (${saved.damage}): read it again`);
}

function entryOf(name: string, image: string, info: Fields): ModelEntry {
  return {
    name,
    image,
    outputType: textOf(info["model_output_type"]),
    args: textsOf(info["arguments"]),
    gpuCount: numberOf(info["gpu_count"]),
    line: 1,
  };
}

function guessed(image: string, info: Fields, problem: string): ModelFacts {
  const facts = factsFromName(image, [problem]);
  const billions = numberOf(info["model_p_billion"]);
  const size = numberOf(info["model_size_gb"]);
  const architectures = String(info["supported_arch"] ?? "unknown").split(",");
  return {
    ...facts,
    parametersFromName: billions === undefined ? facts.parametersFromName : billions * 1e9,
    quantization: facts.quantization ?? quantizationFromName(String(info["model_name"] ?? "")),
    container:
      size === undefined
        ? undefined
        : { bytes: size * GB, layers: 0, architectures: architectures.filter((one) => one !== "unknown") },
  };
}
