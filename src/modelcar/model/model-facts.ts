import type { QuantizationFacts } from "../quantization/types.ts";
import type { ModelConfig } from "./model-config.ts";

/** A tensor type as the safetensors format names it; GGUF's block types (`Q4_K`) stand as they are. */
export type TensorDtype = string;

/** What a tensor is for; see `tensorGroup` in model/. */
export type TensorGroup = "embedding" | "head" | "experts" | "norms" | "vision" | "other";

export interface TensorSize {
  bytes: number;
  /** Elements as stored: a packed int32 of eight 4-bit weights counts once. */
  elements: number;
}

/** The sum over the headers of a checkpoint, or over what its index tells. */
export interface TensorFacts {
  bytes: number;
  /** Weights as the author counts them, when that is known (packed ones unpacked). */
  parameters: number | undefined;
  byDtype: Record<TensorDtype, TensorSize>;
  /** Bytes by what they are for; absent when only the index was read. */
  byGroup: Partial<Record<TensorGroup, number>> | undefined;
  /** `headers`: every safetensors header; `index`: its metadata.total_size; `files`: sizes of the files; `gguf`: the file's own table. */
  read: "headers" | "index" | "files" | "gguf";
}

/** Where the facts of a model come from; `name` is a guess, and told so. */
export type FactsSource = "registry" | "hub" | "folder" | "gguf" | "name";

export interface ContainerFacts {
  /** Compressed bytes of all layers. */
  bytes: number;
  layers: number;
  /** Of the image index: `amd64`, `arm64`, …; empty when the image does not say. */
  architectures: string[];
}

/** What was read of a model. Bytes are bytes. What is not known is absent (`undefined`), never 0: who decides must see that it is missing. */
export interface ModelFacts {
  reference: string;
  source: FactsSource;
  /** Digest of what was read, for caches. */
  digest: string | undefined;
  /** First of `config.architectures`. */
  architecture: string | undefined;
  config: ModelConfig | undefined;
  tensors: TensorFacts | undefined;
  /** Parameters guessed from the name, when nothing better is known. */
  parametersFromName: number | undefined;
  quantization: QuantizationFacts | undefined;
  container: ContainerFacts | undefined;
  licence: string | undefined;
  /** `tokenizer_config.json` model_max_length or the config's own limit, tokens. */
  contextLimit: number | undefined;
  /** Whether the name alone was there to go by. */
  estimatedFromName: boolean;
  /** What was read and what it said, a line each, for the report. */
  evidence: string[];
  /** What could not be read or does not fit together. */
  problems: string[];
  /** Why nothing can be decided on them, though they were read. */
  doubts?: Doubt[];
}

/** `weights-*`: not there, broken, or not seen; `config-contradicted`: the tensors say something else than the config. */
export interface Doubt {
  code: "weights-missing" | "weights-broken" | "weights-unseen" | "config-contradicted";
  /** A sentence. */
  text: string;
}
