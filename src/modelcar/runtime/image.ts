import type { RuntimePlatform, RuntimeVersion } from "./types.ts";

/** The release of a product and the vLLM that it carries. */
interface ProductRelease {
  product: "AI Inference Server" | "OpenShift AI";
  /** A release line (`3.3`) or, where they differ, one release of it (`3.2.5`). */
  release: string;
  vllm: string;
  source: string;
}

const CARDS = 'model cards of huggingface.co/RedHatAI, "Validated on"';

/** Only what the vendor itself has published; other releases are told as unknown. */
const RELEASES: readonly ProductRelease[] = [
  {
    product: "AI Inference Server",
    release: "3.0",
    vllm: "0.8.4",
    source: "docs.redhat.com, Red Hat AI Inference Server 3.0, product and version compatibility",
  },
  { product: "AI Inference Server", release: "3.2.1", vllm: "0.10.0", source: CARDS },
  { product: "AI Inference Server", release: "3.2.2", vllm: "0.10.1.1", source: CARDS },
  { product: "AI Inference Server", release: "3.2.5", vllm: "0.11.2", source: CARDS },
  { product: "AI Inference Server", release: "3.3", vllm: "0.13.0", source: CARDS },
  { product: "AI Inference Server", release: "3.4", vllm: "0.18.0", source: CARDS },
  { product: "OpenShift AI", release: "2.24", vllm: "0.10.0", source: CARDS },
  { product: "OpenShift AI", release: "2.25", vllm: "0.10.1.1", source: CARDS },
  { product: "OpenShift AI", release: "3.2", vllm: "0.11.2", source: CARDS },
  { product: "OpenShift AI", release: "3.3", vllm: "0.13.0", source: CARDS },
  { product: "OpenShift AI", release: "3.4", vllm: "0.18.0", source: CARDS },
];

/** `rhaiis/vllm-cuda-rhel9:3.2.5-1766067105`, `modh/vllm:rhoai-2.25-cuda`. */
function productRelease(image: string, tag: string): ProductRelease | undefined {
  const openShift = /^rhoai-(\d+\.\d+)/.exec(tag)?.[1];
  const [product, release] =
    openShift === undefined ? ["AI Inference Server", tag] : ["OpenShift AI", openShift];
  if (openShift === undefined && !/\brhai(is|i)\//.test(image)) return undefined;
  return RELEASES.find((row) => row.product === product && isOfRelease(release, row.release));
}

/** `3.0` holds `3.0` and `3.0.1-1748`; `3.2.5` only itself. */
const isOfRelease = (version: string, line: string): boolean =>
  version === line || (version.startsWith(line) && /^[.-]/.test(version.slice(line.length)));

const PLATFORMS: readonly [RegExp, RuntimePlatform][] = [
  [/rocm/, "rocm"],
  [/gaudi|hpu|habana/, "gaudi"],
  [/spyre/, "spyre"],
  [/\btpu\b/, "tpu"],
  [/\bxpu\b/, "xpu"],
  [/\bcpu\b/, "cpu"],
  [/cuda|vllm-openai|nvidia/, "cuda"],
];

const platformOf = (image: string): RuntimePlatform | undefined =>
  PLATFORMS.find(([pattern]) => pattern.test(image.toLowerCase()))?.[1];

/**
 * A version somewhere in a tag: `rhoai-2.20-cuda-vllm-0.8.4`; of images of vLLM also `v0.10.2`, `0.11.0-cu129`. Products
 * that carry it have versions of their own, from 1 on; the project's images have none but its own.
 */
function versionInTag(image: string, tag: string): string | undefined {
  const named = /vllm[-_]?v?(\d+\.\d+\.\d+(?:\.\d+)?)/i.exec(tag)?.[1];
  const own = /^v?(\d+\.\d+\.\d+(?:\.(?:post)?\d+)?)/.exec(tag)?.[1];
  if (named !== undefined || own === undefined) return named;
  const name = image.slice(0, image.lastIndexOf(":"));
  if (/(^|\/)vllm\/[^/]+$/.test(name)) return own;
  return /vllm/i.test(name.replace(/^[^/]*[.:][^/]*\//, "")) && own.startsWith("0.") ? own : undefined;
}

/**
 * The vLLM inside a runtime image, as far as its reference tells: the tag of `vllm/vllm-openai`, a version in the name,
 * or a product release whose table is known. A digest alone says nothing.
 */
export function runtimeOfImage(image: string): RuntimeVersion {
  const [, tag] = /^[^@]*:([^/@:]+)(?:@.*)?$/.exec(image) ?? [];
  const platform = platformOf(image);
  const unknown = { version: undefined, image, platform };
  if (tag === undefined) return { ...unknown, evidence: "the image is named without a tag" };
  const own = versionInTag(image, tag);
  if (own !== undefined) return { version: own, image, platform, evidence: `tag ${tag} of the image` };
  const product = productRelease(image, tag);
  if (product === undefined)
    return { ...unknown, evidence: `tag ${tag} does not say which vLLM the image carries` };
  return { version: product.vllm, image, platform, evidence: product.source };
}

/** A version that a person named. */
export const namedRuntime = (version: string, flag: string): RuntimeVersion => ({
  version: version.replace(/^v/, ""),
  image: undefined,
  platform: undefined,
  evidence: flag,
});

/** Nothing is known about the vLLM that will serve. */
export const UNKNOWN_RUNTIME: RuntimeVersion = {
  version: undefined,
  image: undefined,
  platform: undefined,
  evidence: "the version of vLLM is not known",
};
