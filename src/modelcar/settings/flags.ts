/** What follows a flag of `vllm serve`. */
type FlagKind = "value" | "boolean";

const VALUES = `
  allowed-headers allowed-local-media-path allowed-methods allowed-origins api-key api-server-count attention-backend
  async-scheduling-config block-size chat-template chat-template-content-format code-revision compilation-config
  config config-format cpu-offload-gb data-parallel-address data-parallel-backend data-parallel-rank
  data-parallel-rpc-port data-parallel-size data-parallel-size-local data-parallel-start-rank device
  distributed-executor-backend download-dir dtype generation-config gpu-memory-utilization guided-decoding-backend
  hf-config-path hf-overrides hf-token host ignore-patterns kv-cache-dtype kv-cache-memory-bytes kv-events-config
  kv-offloading-size kv-transfer-config limit-mm-per-prompt load-format logits-processors logprobs-mode lora-dtype
  lora-modules long-prefill-token-threshold mamba-cache-dtype mamba-ssm-cache-dtype max-cpu-loras
  max-log-len max-logprobs max-long-partial-prefills max-lora-rank max-loras max-model-len max-num-batched-tokens
  max-num-partial-prefills max-num-seqs max-parallel-loading-workers max-seq-len-to-capture middleware
  mm-encoder-tp-mode mm-processor-cache-gb mm-processor-kwargs model model-impl model-loader-extra-config
  num-gpu-blocks-override num-lookahead-slots num-scheduler-steps optimization-level otlp-traces-endpoint
  override-generation-config override-neuron-config override-pooler-config pipeline-parallel-size port
  preemption-mode pt-load-map-location quantization quantization-param-path ray-workers-use-nsight
  reasoning-parser response-role revision root-path rope-scaling rope-theta runner convert scheduler-cls
  scheduling-policy seed served-model-name speculative-config speculative-model ssl-ca-certs ssl-cert-reqs
  ssl-certfile ssl-keyfile stream-interval swap-space task tensor-parallel-size tokenizer tokenizer-mode
  tokenizer-revision tool-call-parser tool-parser-plugin tool-server uvicorn-log-level worker-cls
  worker-extension-cls structured-outputs-config attention-config
`;

const BOOLEANS = `
  allow-credentials async-scheduling calculate-kv-scales disable-async-output-proc disable-cascade-attn
  disable-chunked-mm-input disable-custom-all-reduce disable-fastapi-docs disable-frontend-multiprocessing
  disable-hybrid-kv-cache-manager disable-log-requests disable-log-stats disable-mm-preprocessor-cache
  disable-sliding-window disable-uvicorn-access-log enable-auto-tool-choice enable-chunked-prefill enable-dbo
  enable-eplb enable-expert-parallel enable-force-include-usage enable-log-outputs enable-log-requests enable-lora
  enable-lora-bias enable-mm-embeds enable-multimodal-encoder-data-parallel enable-prefix-caching
  enable-prompt-adapter enable-prompt-tokens-details enable-reasoning enable-request-id-headers
  enable-server-load-tracking enable-sleep-mode enable-ssl-refresh enforce-eager fully-sharded-loras headless
  log-config-file interleave-mm-strings language-model-only multi-step-stream-outputs
  return-tokens-as-token-ids skip-mm-profiling skip-tokenizer-init trust-remote-code use-tqdm-on-load
  use-v2-block-manager enable-elastic-ep data-parallel-hybrid-lb data-parallel-external-lb
`;

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/**
 * Flags of `vllm serve` that we know, without the dashes (docs.vllm.ai, CLI reference and engine arguments, releases
 * 0.6 to 0.30). One that is missing here is passed on and told, since vLLM gains and drops flags in every release.
 */
export const KNOWN_FLAGS: ReadonlyMap<string, FlagKind> = new Map([
  ...words(VALUES).map((flag): [string, FlagKind] => [flag, "value"]),
  ...words(BOOLEANS).map((flag): [string, FlagKind] => [flag, "boolean"]),
]);

/** Short forms. */
export const SHORT_FLAGS: ReadonlyMap<string, string> = new Map([
  ["-tp", "tensor-parallel-size"],
  ["-pp", "pipeline-parallel-size"],
  ["-dp", "data-parallel-size"],
  ["-q", "quantization"],
  ["-O", "optimization-level"],
  ["-cc", "compilation-config"],
  ["-asc", "api-server-count"],
  ["-dpl", "data-parallel-size-local"],
  ["-sc", "speculative-config"],
]);
