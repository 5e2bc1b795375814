/**
 * Releases whose parser was read (the source distributions on PyPI): their tables are complete. A release between two of
 * them has what both have.
 */
export const READ_RELEASES: readonly string[] =
  "0.6.3.post1 0.7.3 0.8.4 0.8.5 0.9.0 0.9.2 0.10.1.1 0.10.2 0.11.0 0.11.2 0.13.0 0.14.0 0.16.0 0.18.0 0.19.1 0.20.0 0.22.1 0.25.0 0.28.0 0.30.0 0.33.0".split(
    " ",
  );

/**
 * Flags that take a value, below the first and the last of those releases that have them (no last one: the newest has
 * them still). vllm/engine/arg_utils.py, vllm/entrypoints/openai/cli_args.py and their successors.
 */
export const VALUE_FLAGS = `
0.6.3.post1:
  allowed-headers allowed-methods allowed-origins api-key block-size chat-template code-revision
  collect-detailed-traces config config-format cpu-offload-gb distributed-executor-backend download-dir
  dtype gpu-memory-utilization host ignore-patterns kv-cache-dtype limit-mm-per-prompt load-format
  lora-dtype lora-modules max-cpu-loras max-log-len max-logprobs max-lora-rank max-loras max-model-len
  max-num-batched-tokens max-num-seqs max-parallel-loading-workers middleware mm-processor-kwargs model
  model-loader-extra-config num-gpu-blocks-override otlp-traces-endpoint pipeline-parallel-size port
  quantization response-role revision root-path scheduling-policy seed served-model-name ssl-ca-certs
  ssl-cert-reqs ssl-certfile ssl-keyfile tensor-parallel-size tokenizer tokenizer-mode tokenizer-revision
  tool-call-parser tool-parser-plugin uvicorn-log-level
0.6.3.post1 0.16.0:
  swap-space
0.6.3.post1 0.11.2:
  guided-decoding-backend lora-extra-vocab-size num-lookahead-slots
0.6.3.post1 0.11.0:
  rope-scaling rope-theta
0.6.3.post1 0.10.2:
  max-seq-len-to-capture preemption-mode scheduler-delay-factor
0.6.3.post1 0.10.1.1:
  override-neuron-config
0.6.3.post1 0.9.2:
  device long-lora-scaling-factors max-prompt-adapter-token max-prompt-adapters num-scheduler-steps
  prompt-adapters qlora-adapter-name-or-path tokenizer-pool-extra-config tokenizer-pool-size
  tokenizer-pool-type
0.6.3.post1 0.7.3:
  ngram-prompt-lookup-max ngram-prompt-lookup-min num-speculative-tokens spec-decoding-acceptance-method
  speculative-disable-by-batch-size speculative-draft-tensor-parallel-size speculative-max-model-len
  speculative-model speculative-model-quantization typical-acceptance-sampler-posterior-alpha
  typical-acceptance-sampler-posterior-threshold
0.6.3.post1 0.6.3.post1:
  max-context-len-to-capture quantization-param-path
0.7.3:
  additional-config allowed-local-media-path chat-template-content-format compilation-config
  generation-config hf-overrides kv-transfer-config long-prefill-token-threshold model-impl
  override-generation-config reasoning-parser scheduler-cls worker-cls
0.7.3 0.25.0:
  max-long-partial-prefills max-num-partial-prefills
0.7.3 0.16.0:
  logits-processor-pattern
0.7.3 0.11.2:
  override-pooler-config task
0.8.4:
  data-parallel-size hf-config-path hf-token prefix-caching-hash-algo show-hidden-metrics-for-version
  speculative-config worker-extension-cls
0.9.0:
  data-parallel-address data-parallel-rpc-port data-parallel-size-local data-parallel-start-rank
  kv-events-config pt-load-map-location
0.9.0 0.11.2:
  cuda-graph-sizes
0.9.2:
  api-server-count data-parallel-backend data-parallel-rank log-config-file media-io-kwargs
0.9.2 0.25.0:
  override-attention-dtype
0.9.2 0.11.2:
  eplb-step-interval eplb-window-size num-redundant-experts
0.10.1.1:
  convert default-mm-loras h11-max-header-count h11-max-incomplete-event-size logits-processors
  logprobs-mode mamba-cache-dtype mamba-ssm-cache-dtype mm-processor-cache-gb runner tool-server uds
0.10.2:
  decode-context-parallel-size eplb-config io-processor-plugin kv-cache-memory-bytes mm-encoder-tp-mode
  safetensors-load-strategy
0.11.0:
  allowed-media-domains dbo-decode-token-threshold dbo-prefill-token-threshold expert-placement-strategy
  mm-processor-cache-type mm-shm-cache-max-object-size-mb pooler-config structured-outputs-config
  video-pruning-rate
0.11.2:
  all2all-backend cudagraph-capture-sizes dcp-kv-cache-interleave-size ec-transfer-config
  kv-offloading-backend kv-offloading-size mamba-block-size master-addr master-port
  max-cudagraph-capture-size mm-encoder-attn-backend nnodes node-rank reasoning-parser-plugin
  stream-interval
0.13.0:
  attention-backend attention-config cp-kv-cache-interleave-size kv-cache-metrics-sample
  optimization-level prefill-context-parallel-size profiler-config
0.14.0:
  default-chat-template-kwargs ubatch-size
0.16.0:
  disable-access-log-for-endpoints kernel-config mamba-cache-mode ssl-ciphers weight-transfer-config
0.18.0:
  cpu-offload-params dcp-comm-backend distributed-timeout-seconds gdn-prefill-backend moe-backend
  offload-backend offload-group-size offload-num-in-group offload-params offload-prefetch-step
  performance-mode shutdown-timeout
0.19.1:
  kv-cache-dtype-skip-layers lora-target-modules mm-tensor-ipc reasoning-config renderer-num-workers
0.20.0:
  ir-op-priority mamba-backend mamba-cache-philox-rounds numa-bind-cpus numa-bind-nodes
0.22.1:
  cpu-distributed-timeout-seconds data-parallel-supervisor-port dp-supervisor-probe-failure-threshold
  dp-supervisor-probe-interval-s dp-supervisor-probe-timeout-s fingerprint-mode fingerprint-value
  linear-backend mm-encoder-attn-dtype mm-encoder-fp8-scale-path mm-encoder-fp8-scale-save-margin
  mm-encoder-fp8-scale-save-path quantization-config safetensors-prefetch-block-size
  safetensors-prefetch-num-threads spec-method spec-model spec-tokens
0.25.0:
  device-ids diffusion-config jit-monitor-mode mm-ipc-gpu-memory-gb model-class-overrides
  prefill-schedule-interval watermark
0.28.0:
  cohere-format ec-manager-config fault-tolerance-config kda-prefill-backend mamba-ssu-algorithm
  max-num-scheduled-tokens mm-hasher-algorithm mm-processor-device prefix-match-unit replayssm-buffer-len
  video-pruning-method
0.30.0:
  dp-sync-interval elastic-ep-max-dp-size engram-config kda-decode-backend max-num-queued-reqs
  max-num-queued-tokens per-request-spec-decode-metrics prefix-cache-retention-interval
  sparse-indexer-topk-backend sse-keep-alive-interval watermark-config
0.33.0:
  anthropic-disabled-thinking-effort aux-output-config custom-histogram-buckets device-memory-utilization
  grpc-port log-level logging-config max-lora-cls-labels max-num-active-seqs reasoning-effort-map
  sleep-mode-backend sleep-preserve-parameter-names tool-strict-level watchdog-config
`;

/** Flags that are on or off, in the same form. */
export const SWITCHES = `
0.6.3.post1:
  allow-credentials disable-custom-all-reduce disable-fastapi-docs disable-log-stats
  disable-sliding-window enable-auto-tool-choice enable-chunked-prefill enable-lora enable-prefix-caching
  enforce-eager fully-sharded-loras ray-workers-use-nsight return-tokens-as-token-ids skip-tokenizer-init
  trust-remote-code
0.6.3.post1 0.18.0:
  disable-frontend-multiprocessing
0.6.3.post1 0.16.0:
  disable-log-requests
0.6.3.post1 0.10.2:
  disable-async-output-proc
0.6.3.post1 0.10.1.1:
  enable-prompt-adapter
0.6.3.post1 0.9.2:
  multi-step-stream-outputs use-v2-block-manager
0.6.3.post1 0.7.3:
  disable-logprobs-during-spec-decoding speculative-disable-mqa-scorer
0.6.3.post1 0.6.3.post1:
  worker-use-ray
0.7.3:
  enable-prompt-tokens-details enable-request-id-headers enable-sleep-mode
0.7.3 0.25.0:
  calculate-kv-scales
0.7.3 0.11.2:
  disable-mm-preprocessor-cache
0.7.3 0.11.0:
  enable-lora-bias
0.7.3 0.9.2:
  enable-reasoning
0.8.4:
  disable-cascade-attn disable-chunked-mm-input disable-uvicorn-access-log enable-expert-parallel
  enable-server-load-tracking enable-ssl-refresh use-tqdm-on-load
0.9.0:
  enable-prompt-embeds headless
0.9.0 0.11.2:
  guided-decoding-disable-additional-properties guided-decoding-disable-any-whitespace
  guided-decoding-disable-fallback
0.9.2:
  disable-hybrid-kv-cache-manager enable-eplb enable-force-include-usage
0.9.2 0.11.2:
  enable-multimodal-encoder-data-parallel eplb-log-balancedness
0.9.2 0.9.2:
  expand-tools-even-if-tool-choice-none
0.10.1.1:
  async-scheduling data-parallel-hybrid-lb enable-log-outputs enable-log-requests
  enable-tokenizer-info-endpoint exclude-tools-when-tool-choice-none interleave-mm-strings
  kv-sharing-fast-prefill skip-mm-profiling
0.10.2:
  log-error-stack
0.11.0:
  enable-dbo trust-request-chat-template
0.11.2:
  aggregate-engine-logging data-parallel-external-lb disable-nccl-for-dp-synchronization enable-mm-embeds
  tokens-only
0.13.0:
  cudagraph-metrics enable-layerwise-nvtx-tracing kv-cache-metrics
0.14.0:
  allow-deprecated-quantization enable-log-deltas enable-logging-iteration-details enable-mfu-metrics
  enable-offline-docs enable-return-routed-experts enable-tower-connector-lora
0.16.0:
  enable-flashinfer-autotune mm-encoder-only specialize-active-lora
0.18.0:
  enable-elastic-ep enable-ep-weight-filter fail-on-environ-validation grpc language-model-only
0.19.1:
  scheduler-reserve-full-isl
0.20.0:
  enable-flash-late-interaction enable-mamba-cache-stochastic-rounding numa-bind
0.22.1:
  data-parallel-multi-port-external-lb enable-cumem-allocator enable-mixed-moe-lora-format use-fp64-gumbel
0.25.0:
  enable-per-request-metrics jit-monitor-verbose
0.28.0:
  cohere-is-reasoning-model enable-fault-tolerance enable-moe-shared-loras mm-device-do-normalize
  return-sampling-mask use-replayssm
0.28.0 0.28.0:
  enable-bf16x3-router-gemm
0.30.0:
  dcp-q-replicate enable-batch-sharded-sampling enable-nccl-comm-suspend enable-scale-out
  enable-trace-replay
0.30.0 0.30.0:
  enable-mamba-fine-grained-prefix-cache
0.33.0:
  enable-hc-sp enable-mamba-shared-prefix-checkpoint enable-shm-tensor-arena
  long-prefill-token-threshold-adaptive monokernel sleep-mode-offload-cudagraph swa-bounded-replay
  trust-request-mm-kwargs
`;
