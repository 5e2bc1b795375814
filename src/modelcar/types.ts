/**
 * What the rooms of model-car tell one another. Bytes are bytes, unless a name ends in MiB or GiB. What is not known is
 * absent (`undefined`), never 0: who decides must see that it is missing.
 */

/** One model of a model-car file, as written. */
export interface ModelEntry {
  name: string;
  /** `oci://registry/name:tag`, `hf://org/model`, a folder, a `.gguf` file. */
  image: string;
  /** text, audio, embedding; the file's word. */
  outputType: string | undefined;
  /** Arguments of `vllm serve`, in order, `{{.Name}}` not yet replaced. */
  args: string[];
  gpuCount: number | undefined;
  /** 1-based line of the entry in its file. */
  line: number;
}

// ---- what a model is --------------------------------------------------------------------------------------------

/**
 * The keys of a `config.json` (Hugging Face transformers) that tell memory and compatibility, spelled as there. A key
 * whose value has the wrong type is left out by the reader and told as a problem.
 */
export interface ModelConfig {
  architectures?: string[];
  model_type?: string;
  torch_dtype?: string;
  /** The newer name of `torch_dtype`. */
  dtype?: string;
  hidden_size?: number;
  intermediate_size?: number;
  num_hidden_layers?: number;
  num_attention_heads?: number;
  num_key_value_heads?: number;
  head_dim?: number;
  vocab_size?: number;
  max_position_embeddings?: number;
  tie_word_embeddings?: boolean;
  rope_scaling?: RopeScaling | null;
  /** The newer place of `rope_scaling`. */
  rope_parameters?: RopeScaling | null;

  sliding_window?: number | null;
  use_sliding_window?: boolean;
  max_window_layers?: number;
  /** One layer in this many is global (Gemma 3). */
  sliding_window_pattern?: number;
  /** `full_attention`, `sliding_attention`, `chunked_attention`, `linear_attention`, `mamba`, `attention` … a layer. */
  layer_types?: string[];
  /** Granite 4, Bamba: which layers attend. */
  attn_layer_indices?: number[];
  /** Jamba: one layer in `period`, from `offset`, attends. */
  attn_layer_period?: number;
  attn_layer_offset?: number;
  /** Nemotron-H: `M` Mamba, `*` attention, `-` MLP, a character a layer. */
  hybrid_override_pattern?: string;
  /** Qwen3-Next: one layer in this many attends in full. */
  full_attention_interval?: number;
  /** Llama 4. */
  attention_chunk_size?: number | null;
  no_rope_layers?: number[];
  /** Gemma 3n, Phi-4-flash: the last layers reuse the cache of others. */
  num_kv_shared_layers?: number;
  /** Gemma 4: attention of global layers has its own head size and count. */
  global_head_dim?: number;
  num_global_key_value_heads?: number | null;

  /** Multi-head latent attention (DeepSeek). */
  kv_lora_rank?: number | null;
  q_lora_rank?: number | null;
  qk_rope_head_dim?: number;
  qk_nope_head_dim?: number;
  v_head_dim?: number;
  /** Sparse attention's indexer (DeepSeek 3.2). */
  index_head_dim?: number;
  /** Layers for multi-token prediction; loaded only for speculative decoding. */
  num_nextn_predict_layers?: number;

  num_local_experts?: number;
  num_experts?: number;
  n_routed_experts?: number;
  num_experts_per_tok?: number;
  n_shared_experts?: number | null;
  moe_intermediate_size?: number;
  shared_expert_intermediate_size?: number;
  shared_intermediate_size?: number;
  intermediate_size_mlp?: number;
  first_k_dense_replace?: number;
  moe_layer_freq?: number | number[];
  interleave_moe_layer_step?: number;
  decoder_sparse_step?: number;
  mlp_only_layers?: number[];

  mamba_d_conv?: number;
  mamba_d_head?: number | "auto";
  mamba_d_state?: number;
  mamba_expand?: number;
  mamba_n_groups?: number;
  mamba_n_heads?: number;
  /** Nemotron-H and Mamba 2 name them so. */
  mamba_num_heads?: number;
  mamba_head_dim?: number;
  conv_kernel?: number;
  ssm_state_size?: number;
  n_groups?: number;
  /** Type of the recurrent state when it is not the model's. */
  mamba_ssm_cache_dtype?: string;
  mamba_ssm_dtype?: string;
  /** Mamba (1), Falcon-Mamba. */
  state_size?: number;
  time_step_rank?: number;
  /** LFM2: length of the short convolution. */
  conv_L_cache?: number;
  /** Qwen3-Next, Qwen3.5: gated delta net. */
  linear_conv_kernel_dim?: number;
  linear_key_head_dim?: number;
  linear_num_key_heads?: number;
  linear_num_value_heads?: number;
  linear_value_head_dim?: number;

  /** GPT-2, BLOOM, Falcon and MPT names. */
  n_layer?: number;
  n_head?: number;
  n_embd?: number;
  n_positions?: number;
  multi_query?: boolean;
  num_kv_heads?: number;
  new_decoder_architecture?: boolean;

  /** Encoder–decoder models (Whisper). */
  d_model?: number;
  encoder_layers?: number;
  decoder_layers?: number;
  decoder_attention_heads?: number;
  max_source_positions?: number;
  max_target_positions?: number;

  quantization_config?: Record<string, unknown>;
  compression_config?: Record<string, unknown>;
  text_config?: ModelConfig;
  /** Other names of the language part in multimodal configs. */
  llm_config?: ModelConfig;
  language_config?: ModelConfig;
  thinker_config?: ModelConfig;
  vision_config?: Record<string, unknown>;
  audio_config?: Record<string, unknown>;
}

export interface RopeScaling {
  rope_type?: string;
  /** The older name of `rope_type`. */
  type?: string;
  factor?: number;
  original_max_position_embeddings?: number;
}

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
  /** The shapes of the tensors say something else than the config: no number of it can be trusted. */
  inconsistent?: boolean;
}

// ---- quantization -------------------------------------------------------------------------------------------------

/** How weights are stored and multiplied, over all the methods that spell it differently. */
export type QuantizationScheme =
  | "awq-int4"
  | "gptq-int4"
  | "gptq-int8"
  | "gptq-other"
  | "w4a16"
  | "w8a16-int8"
  | "w8a16-fp8"
  | "w8a8-int8"
  | "w8a8-fp8"
  | "w8a8-fp8-block"
  | "w4a8-fp8"
  | "w4a8-int8"
  | "nvfp4"
  | "w4a16-nvfp4"
  | "mxfp4"
  | "mxfp8"
  | "bnb-int8"
  | "bnb-4bit"
  | "gguf"
  | "aqlm"
  | "bitblas"
  | "deepspeedfp"
  | "experts-int8"
  | "hqq"
  | "inc"
  | "quark-fp8"
  | "quark-mxfp4"
  | "torchao"
  | "fp-quant"
  | "auto-round"
  | "sparse24"
  | "unknown";

export interface QuantizationFacts {
  /** `quant_method` as written (`awq`, `compressed-tensors`, `modelopt`), or the name's word. */
  method: string;
  scheme: QuantizationScheme;
  /** Bits of a weight; undefined when the config does not say. */
  weightBits: number | undefined;
  activationBits: number | undefined;
  /** Weights that share a scale; undefined when per channel or per tensor. */
  groupSize: number | undefined;
  symmetric: boolean | undefined;
  /** GPTQ act-order. */
  descAct: boolean | undefined;
  /** FP8 with block scales: [rows, columns]. */
  blockSize: readonly [number, number] | undefined;
  /** What the checkpoint asks the KV cache to be (`fp8`), undefined: like the model. */
  kvCacheDtype: string | undefined;
  /** Modules left as they were. */
  ignored: string[];
  fromName: boolean;
}

// ---- GPUs and nodes -----------------------------------------------------------------------------------------------

export type GpuVendor = "nvidia" | "amd" | "intel" | "gaudi" | "spyre" | "tpu";

export type GpuFamily =
  | "volta"
  | "turing"
  | "ampere"
  | "ada"
  | "hopper"
  | "blackwell"
  | "cdna2"
  | "cdna3"
  | "cdna4"
  | "rdna3"
  | "rdna4"
  | "gaudi2"
  | "gaudi3"
  | "xe"
  | "spyre"
  | "tpu";

export interface GpuType {
  /** Short name, unique in the table: `L40S`, `H100-80GB`. */
  id: string;
  /** As its vendor's tools print it: `NVIDIA L40S`. */
  name: string;
  vendor: GpuVendor;
  family: GpuFamily;
  /** Total memory as the driver reports it. */
  memoryMiB: number;
  /** NVIDIA: major × 10 + minor (`89`), as vLLM writes it. */
  capability: number | undefined;
  /** AMD: `gfx942`. */
  gfx: string | undefined;
  /** Between the GPUs of one server, in the forms that clouds and vendors sell. */
  interconnect: "nvlink" | "pcie" | "infinity-fabric" | "ethernet" | "none" | "unknown";
  /** Where the row comes from. */
  source: string;
}

export interface Taint {
  key: string;
  value: string | undefined;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Accelerators of one kind in one node. */
export interface GpuPool {
  /** Product as the node's label, tool or user named it. */
  product: string;
  /** Undefined: not in our table and not described well enough by its labels. */
  type: GpuType | undefined;
  vendor: GpuVendor | undefined;
  /** Kubernetes resource that pods ask for: `nvidia.com/gpu`, `nvidia.com/mig-1g.5gb`. */
  resource: string;
  /** Memory of one device as the node says it; wins over the table. */
  memoryMiB: number | undefined;
  /** From labels (compute.major/minor); wins over the table. */
  capability: number | undefined;
  /** Devices in the node, those the kubelet gives out, and those that running pods hold. */
  capacity: number;
  allocatable: number;
  /** Undefined: pods could not be listed. */
  allocated: number | undefined;
  /** Time-sliced or MPS replicas of one device: memory is shared, not multiplied. */
  replicas: number | undefined;
  /** MIG profile when each device is a slice. */
  mig: string | undefined;
  driver: string | undefined;
  cuda: string | undefined;
}

export interface NodeFacts {
  name: string;
  ready: boolean;
  /** False: cordoned or draining. */
  schedulable: boolean;
  taints: Taint[];
  /** `amd64`, `arm64`, `s390x`, `ppc64le`; undefined when unknown. */
  architecture: string | undefined;
  pools: GpuPool[];
  ramBytes: number | undefined;
  storageBytes: number | undefined;
  instanceType: string | undefined;
  provider: string | undefined;
  zone: string | undefined;
}

/** What a namespace may still ask for. */
export interface Quota {
  name: string;
  resource: string;
  hard: number;
  used: number;
}

export interface InventoryProblem {
  code: string;
  text: string;
  hint: string | undefined;
}

/** The machines that the models may be put on. */
export interface Inventory {
  source: "cluster" | "flag" | "file" | "machine";
  nodes: NodeFacts[];
  quotas: Quota[];
  /** Keys of taints that the serving pods tolerate. */
  tolerations: string[];
  runtime: RuntimeVersion;
  problems: InventoryProblem[];
  /** False: parts of the cluster could not be read, so that what is absent may exist. */
  complete: boolean;
}

// ---- serving ------------------------------------------------------------------------------------------------------

export type RuntimePlatform = "cuda" | "rocm" | "gaudi" | "spyre" | "xpu" | "cpu" | "tpu";

/** The vLLM that will serve. */
export interface RuntimeVersion {
  /** `0.11.0`; undefined: not known, rules that differ by version say so. */
  version: string | undefined;
  image: string | undefined;
  platform: RuntimePlatform | undefined;
  /** How the version is known: "image tag", "product release 3.2.2", "--vllm-version". */
  evidence: string;
}

export interface ArgumentProblem {
  /** `error`: vLLM refuses to start; `warning`: it starts, not as meant. */
  severity: "error" | "warning";
  code: string;
  flag: string;
  text: string;
}

/** The settings that decide memory and compatibility, with vLLM's defaults where the arguments are silent. */
export interface ServingSettings {
  tensorParallel: number;
  pipelineParallel: number;
  dataParallel: number;
  expertParallel: boolean;
  /** Undefined: the model's own limit. */
  maxModelLen: number | "auto" | undefined;
  gpuMemoryUtilization: number;
  /** Set: a fixed size of the KV cache, utilization is not looked at. */
  kvCacheMemoryBytes: number | undefined;
  kvCacheDtype: string;
  blockSize: number;
  maxNumSeqs: number;
  maxNumBatchedTokens: number;
  dtype: string;
  quantization: string | undefined;
  enforceEager: boolean;
  cpuOffloadGiB: number;
  loraAdapters: number;
  maxLoraRank: number;
  trustRemoteCode: boolean;
  hfOverrides: string | undefined;
  /** JSON as given: a draft model or a method without one. */
  speculativeConfig: string | undefined;
  /** vLLM's environment: LONG max_model_len allowed. */
  allowLongMaxModelLen: boolean;
  /** Names of settings that an argument set; the rest are defaults. */
  given: ReadonlySet<string>;
  problems: ArgumentProblem[];
}

/** One number of the estimate, with where it comes from. */
export interface Term {
  label: string;
  bytes: number;
  /** In words and numbers: "32 layers × 8 KV heads × 128 × 2 (K, V) × 2 bytes = 128.00 KiB a token". */
  formula: string;
}

/** What one GPU must hold, worst rank. All terms are bytes per GPU. */
export interface Requirements {
  gpus: number;
  weights: Term;
  /** KV cache of one sequence of the context length: the least with which vLLM starts. */
  kv: Term;
  activations: Term;
  graphs: Term;
  overhead: Term;
  /** Sum of the terms. */
  total: number;
  /** What vLLM may use of one GPU: total memory × gpu_memory_utilization. */
  budget: number;
  /** budget − total; negative: does not fit. */
  margin: number;
  /** Room for KV cache after all else; negative: not even the weights fit. */
  kvRoom: number;
  /** Bytes at the worst moment of loading, where that is more than `weights`. */
  loadPeak: number | undefined;
  /** Memory of one GPU that a process can get. */
  usable: number;
  /** Tokens of context that the estimate is for. */
  contextLength: number;
  /** Largest context of one sequence that fits, at most the model's limit; 0: none. */
  largestContext: number;
  /** Sequences of contextLength that fit at once ("maximum concurrency" in vLLM's log). */
  concurrency: number;
  /** Bytes of KV cache that one more token takes, per GPU. */
  kvBytesPerToken: number;
  /** What had to be supposed, for the report. */
  assumptions: string[];
}

// ---- decision -----------------------------------------------------------------------------------------------------

export type Verdict = "GO" | "NO-GO (memory)" | "NO-GO (unsupported)" | "UNKNOWN";

export interface Reason {
  /** Stable, for machines: `tp-heads`, `fp8-capability`. */
  code: string;
  /** `blocks`: unsupported; `memory`: does not fit; `unknown`: cannot be told; the others do not change the verdict. */
  kind: "blocks" | "memory" | "unknown" | "warning" | "note";
  text: string;
  /** The document or code that the rule cites. */
  source: string | undefined;
}

/** An edit of the arguments, or of what the model runs on, with what it brings. */
export interface Change {
  kind: "argument" | "remove-argument" | "model" | "hardware" | "runtime";
  /** `--max-model-len`; the quantization to pick; the GPU. */
  what: string;
  value: string | undefined;
  why: string;
}

export interface Placement {
  node: string;
  resource: string;
  product: string;
  /** Devices taken. */
  gpus: number;
}

/** What `decide` is asked for one model. */
export interface ModelNeed {
  entry: ModelEntry;
  /** Undefined: the model could not be read; `unread` says why. */
  facts: ModelFacts | undefined;
  unread: string | undefined;
}

export interface ModelDecision {
  name: string;
  verdict: Verdict;
  /** First the decisive. */
  reasons: Reason[];
  settings: ServingSettings;
  /** On the best GPU of the inventory; undefined when it cannot be computed. */
  requirements: Requirements | undefined;
  gpu: GpuType | undefined;
  placement: Placement | undefined;
  /** GiB per GPU; negative: missing. */
  marginGiB: number | undefined;
  /** The smallest changes that would make it a GO, best first. */
  nearest: Change[];
  /** Tensor-parallel sizes that the model's shape allows, up to 16. */
  validTensorParallel: number[];
  /** The vendor's support statement, apart from what loads. */
  vendorSupported: boolean | undefined;
}

export interface Decision {
  verdict: "GO" | "NO-GO" | "UNKNOWN";
  models: ModelDecision[];
  /** All at once on the inventory. */
  together: { fits: boolean; placed: Placement[]; unplaced: string[] };
  reasons: Reason[];
  runtime: RuntimeVersion;
}
