import { compareVersions, isAtLeast } from "../runtime/version.ts";
import { hasText, type RuleContext, reason } from "./context.ts";
import type { Reason } from "./types.ts";

/** Releases whose images and wheels carry kernels for a range of compute capabilities. */
interface Build {
  least: number;
  most: number;
  /** First release that has them; between `unclear` and it we do not know. */
  from?: string;
  unclear?: string;
  /** Last release that has them for sure, and the first that does not. */
  until?: string;
  gone?: string;
  source: string;
}

const DOCKER = "docker/Dockerfile, torch_cuda_arch_list";

/**
 * The arch lists of 21 releases from 0.6.3 to 0.33. Volta: vLLM's list has it up to 0.19,
 * not since 0.20 (vllm#39878); of the PyTorch for CUDA 12.9, with which 0.13 to 0.19 are built, we do not know. Blackwell: from 0.9.0 (10.0) and 0.9.2
 * (12.0), with PyTorch for CUDA 12.8 (vllm#13306, vllm#16901, vllm#20748). 10.3 and 12.1 run what was built for 10.0
 * and 12.0, but for kernels made for exactly one chip; CMakeLists.txt names them in 0.20.
 */
const BUILDS: readonly Build[] = [
  {
    least: 70,
    most: 74,
    until: "0.11.2",
    gone: "0.20.0",
    source: `${DOCKER}; vllm#39878; pytorch#157517, pytorch#172352`,
  },
  { least: 100, most: 100, from: "0.9.0", source: `${DOCKER}; vllm#13306` },
  {
    least: 101,
    most: 119,
    from: "0.20.0",
    unclear: "0.9.0",
    source: `${DOCKER}; CMakeLists.txt, CUDA_SUPPORTED_ARCHS`,
  },
  { least: 120, most: 120, from: "0.10.0", unclear: "0.9.0", source: `${DOCKER}; vllm#16901, vllm#20748` },
  {
    least: 121,
    most: 129,
    from: "0.20.0",
    unclear: "0.9.0",
    source: `${DOCKER}; CMakeLists.txt, CUDA_SUPPORTED_ARCHS`,
  },
];

/** Whether the release's own image and wheels have code for the GPU at all. */
export function buildReasons({ gpu, runtime }: RuleContext): Reason[] {
  const { capability } = gpu;
  const { version } = runtime;
  const build = BUILDS.find(
    ({ least, most }) => capability !== undefined && capability >= least && capability <= most,
  );
  if (build === undefined || version === undefined || capability === undefined) return [];
  const outcome = outcomeOf(build, version);
  if (outcome === "yes") return [];
  const has = hasText(gpu, capability);
  const none = `the images and wheels of vLLM ${version} carry no kernels for it`;
  const release = build.from;
  return [
    outcome === "no"
      ? {
          ...reason(
            "blocks",
            "gpu-build",
            `${has}; ${none}${release === undefined ? "" : ` (from ${release} on they do)`}`,
            build.source,
          ),
          release,
        }
      : reason(
          "unknown",
          "gpu-build",
          `${has}; whether ${none.replace("carry no", "carry")} is not known`,
          build.source,
        ),
  ];
}

function outcomeOf({ from, unclear, until, gone }: Build, version: string): "yes" | "no" | "unclear" {
  if (gone !== undefined && isAtLeast(version, gone) === true) return "no";
  if (until !== undefined && compareVersions(version, until) > 0) return "unclear";
  if (from === undefined || isAtLeast(version, from) === true) return "yes";
  return unclear !== undefined && isAtLeast(version, unclear) === true ? "unclear" : "no";
}
