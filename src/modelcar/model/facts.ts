import { parseJson } from "../../base/json.ts";
import { ggufConfig } from "../gguf/config.ts";
import { guessFromName } from "../name/name.ts";
import { quantizationFacts } from "../quantization/facts.ts";
import { quantizationFromName } from "../quantization/name.ts";
import { readQuantization } from "../quantization/read.ts";
import type { QuantizationFacts } from "../quantization/types.ts";
import { modelLimit } from "../requirements/text-config.ts";
import { bytesText, countText } from "../requirements/units.ts";
import { type Chosen, chooseModel, inFolder } from "./choose.ts";
import { baseName, type Collected } from "./collect.ts";
import { contradictions } from "./consistency.ts";
import { namedFiles, weightDoubts } from "./doubts.ts";
import { licenceOfCard, licenceOfText } from "./licence.ts";
import { mistralConfig } from "./mistral-config.ts";
import type { ModelConfig } from "./model-config.ts";
import type { ContainerFacts, Doubt, FactsSource, ModelFacts, TensorFacts } from "./model-facts.ts";
import { readConfig } from "./read-config.ts";
import { sumTensors } from "./sum-tensors.ts";
import { plainLines } from "./words.ts";

/** What the place of a model tells beside its files. */
export interface Surroundings {
  reference: string;
  source: FactsSource;
  digest: string | undefined;
  container: ContainerFacts | undefined;
  /** A label or an API's field, for models whose files tell none. */
  licence: string | undefined;
  evidence: string[];
  problems: string[];
}

/** Facts of a model from what was read of it. */
export function modelFacts(collected: Collected, around: Surroundings): ModelFacts {
  const broken = [...collected.broken].map(([path, why]) => `${path}: ${why}`);
  const problems = [...around.problems, ...collected.problems, ...broken];
  const evidence = [...around.evidence];
  const chosen = chooseModel(collected);
  const config = findConfig(collected, chosen, problems, evidence);
  const quantization = findQuantization(collected, chosen, config, around.reference, evidence);
  const tensors = findTensors(collected, chosen, quantization, problems, evidence);
  const doubts = [
    ...weightDoubts(collected, chosen),
    ...lies(collected, chosen, config, quantization).map(
      (text): Doubt => ({ code: "config-contradicted", text }),
    ),
  ].map(({ code, text }) => ({ code, text: plainLines([text])[0]! }));
  problems.push(
    ...doubts.map(({ text }) => text).filter((text) => !problems.some((told) => told.endsWith(text))),
  );
  const guessed = tensors === undefined && config === undefined ? guessFromName(around.reference) : undefined;
  evidence.push(...(guessed?.evidence ?? []));
  return {
    reference: around.reference,
    source: chosen.gguf.length > 0 && chosen.shards.length === 0 ? "gguf" : around.source,
    digest: around.digest,
    architecture: config?.architectures?.[0],
    config,
    tensors,
    parametersFromName: guessed?.parameters,
    quantization,
    container: around.container,
    // A label may be of the base image; the model's own files are nearer.
    licence: findLicence(collected, chosen) ?? around.licence,
    contextLimit: config === undefined ? undefined : modelLimit(config),
    estimatedFromName: guessed !== undefined,
    evidence: plainLines(evidence),
    problems: plainLines(problems),
    ...(doubts.length > 0 && { doubts }),
  };
}

/** What the tensors say against the config; nothing where not all of them were read. */
function lies(
  collected: Collected,
  chosen: Chosen,
  config: ModelConfig | undefined,
  quantization: QuantizationFacts | undefined,
): string[] {
  if (config === undefined || chosen.shards.length === 0 || chosen.missing.length > 0) return [];
  return contradictions(config, quantization, tensorsOf(collected, chosen));
}

const at = (collected: Collected, { folder }: Chosen, name: string): string | undefined =>
  collected.texts.get(inFolder(folder, name));

function findConfig(
  collected: Collected,
  chosen: Chosen,
  problems: string[],
  evidence: string[],
): ModelConfig | undefined {
  const text = at(collected, chosen, "config.json");
  const gguf = collected.gguf.get(chosen.gguf[0] ?? "");
  if (text === undefined && gguf !== undefined) {
    evidence.push(`metadata of ${chosen.gguf[0]}`);
    return ggufConfig(gguf);
  }
  const params = at(collected, chosen, "params.json");
  const mistral = text === undefined && params !== undefined ? mistralConfig(params) : undefined;
  if (mistral !== undefined) {
    evidence.push("params.json, Mistral's own form");
    return mistral;
  }
  if (text === undefined) {
    problems.push(collected.unseen ? "no config.json was seen in what was read" : "there is no config.json");
    return undefined;
  }
  const read = readConfig(text);
  problems.push(...read.problems);
  const name = read.config?.architectures?.[0] ?? "no architecture";
  if (read.config !== undefined)
    evidence.push(`config.json${chosen.folder === "" ? "" : ` in ${chosen.folder}`}: ${name}`);
  return read.config;
}

function findQuantization(
  collected: Collected,
  chosen: Chosen,
  config: ModelConfig | undefined,
  reference: string,
  evidence: string[],
): QuantizationFacts | undefined {
  const other = at(collected, chosen, "hf_quant_config.json");
  if (chosen.gguf.length > 0 && chosen.shards.length === 0) return ggufQuantization(collected, chosen);
  if (config === undefined) {
    const guess = quantizationFromName(reference);
    if (guess !== undefined) evidence.push(`quantization estimated from the name: ${guess.scheme}`);
    return guess;
  }
  // One that is no JSON says that ModelOpt quantized it, and nothing more.
  const found = readQuantization(config, other === undefined ? undefined : (parseJson(other) ?? {}));
  evidence.push(
    found === undefined
      ? "not quantized, by its config"
      : `quantization ${found.scheme} (${found.method}), by its config`,
  );
  return found;
}

function ggufQuantization(collected: Collected, chosen: Chosen): QuantizationFacts | undefined {
  const tensors = tensorsOf(collected, chosen);
  const { bytes, byDtype } = sumTensors(tensors, undefined, "gguf");
  const elements = Object.values(byDtype).reduce((sum, part) => sum + part.elements, 0);
  if (Object.keys(byDtype).every((type) => ["F32", "F16", "BF16"].includes(type))) return undefined;
  const main = Object.entries(byDtype).sort(([, a], [, b]) => b.bytes - a.bytes)[0]?.[0] ?? "gguf";
  return quantizationFacts(`gguf ${main}`, "gguf", {
    weightBits: (bytes * 8) / elements,
    activationBits: 16,
  });
}

const tensorsOf = (collected: Collected, { shards, gguf }: Chosen) =>
  shards.length > 0
    ? shards.flatMap((path) => collected.tensors.get(path) ?? [])
    : gguf.flatMap((path) => collected.gguf.get(path)?.tensors ?? []);

function findTensors(
  collected: Collected,
  chosen: Chosen,
  quantization: QuantizationFacts | undefined,
  problems: string[],
  evidence: string[],
): TensorFacts | undefined {
  const { shards, missing, index, gguf, otherGguf } = chosen;
  if (shards.length > 0 && missing.length === 0) {
    const facts = sumTensors(tensorsOf(collected, chosen), quantization, "headers");
    evidence.push(
      `${shards.length === 1 ? "safetensors header" : `${shards.length} safetensors headers`}: ${described(facts)}`,
    );
    return facts;
  }
  if (missing.length > 0 && collected.unseen)
    problems.push(`${missing.length} of the weight files were not read (${namedFiles(missing)})`);
  if (index?.totalSize !== undefined) {
    evidence.push(`model.safetensors.index.json: total_size ${bytesText(index.totalSize)}`);
    return { bytes: index.totalSize, parameters: undefined, byDtype: {}, byGroup: undefined, read: "index" };
  }
  if (shards.length > 0) return undefined;
  if (gguf.length === 0) return sizesOf(collected, chosen, evidence);
  if (otherGguf > 0)
    problems.push(`there are several GGUF files; ${baseName(gguf[0]!)}, the largest, was taken: name one`);
  const facts = sumTensors(tensorsOf(collected, chosen), quantization, "gguf");
  evidence.push(`GGUF tensor table: ${described(facts)}`);
  return facts;
}

/** Where no header can be read, the sizes of PyTorch's files, which are all but the bytes of their tensors. */
function sizesOf(collected: Collected, { pickled }: Chosen, evidence: string[]): TensorFacts | undefined {
  const bytes = pickled.reduce((sum, path) => sum + (collected.sizes.get(path) ?? 0), 0);
  if (bytes === 0) return undefined;
  evidence.push(`sizes of ${pickled.length} files in PyTorch's form: ${bytesText(bytes)}`);
  return { bytes, parameters: undefined, byDtype: {}, byGroup: undefined, read: "files" };
}

const described = ({ bytes, parameters, byDtype }: TensorFacts): string =>
  `${bytesText(bytes)} of ${Object.keys(byDtype).join(", ")}${parameters === undefined ? "" : `, ${countText(parameters)} parameters`}`;

function findLicence(collected: Collected, chosen: Chosen): string | undefined {
  const here = [...collected.texts].filter(([path]) => path.startsWith(chosen.folder));
  const card = here.find(([path]) => /(^|\/)readme\.md$/i.test(path));
  const named = card === undefined ? undefined : licenceOfCard(card[1]);
  if (named !== undefined) return named;
  const file = here.find(([path]) => /(^|\/)licen[sc]e[^/]*$/i.test(path));
  return file === undefined ? undefined : licenceOfText(file[1]);
}
