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
