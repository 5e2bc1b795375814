import type { GpuVendor } from "../gpus/types.ts";
import { BUILT_FOR } from "../runtime/built-for.ts";
import { runtimeOfImage } from "../runtime/image.ts";
import type { RuntimePlatform } from "../runtime/types.ts";
import type { ServingRuntimeObject } from "./objects.ts";
import { readToleration } from "./serving-tolerations.ts";
import type { RuntimeImage } from "./types.ts";

/** OpenShift AI and Open Data Hub, where their templates of serving runtimes are. */
export const TEMPLATE_NAMESPACES = ["redhat-ods-applications", "opendatahub"] as const;

/** Set by odh-model-controller on its templates: the vLLM in the image, as `v0.11.2.1`. */
const VERSION_ANNOTATION = "opendatahub.io/runtime-version";

/** The vLLM image of a serving runtime; undefined for one that serves otherwise, or is disabled. */
export function imageOf(object: ServingRuntimeObject, from: string): RuntimeImage | undefined {
  const { metadata, spec } = object;
  const [container] = spec.containers;
  const image = (spec.containers.find(({ name }) => name === "kserve-container") ?? container)?.image;
  if (image === undefined || spec.disabled === true || !servesVllm(object, image)) return undefined;
  const told = runtimeOfImage(image);
  const runtime = { ...told, platform: told.platform ?? platformInName(metadata.name) };
  const tolerations = (spec.tolerations ?? []).flatMap(readToleration);
  const annotated = metadata.annotations?.[VERSION_ANNOTATION];
  const version = /^v?(\d+\.\d+(?:\.\d+)*)/.exec(annotated ?? "")?.[1];
  return {
    from,
    tolerations,
    runtime:
      runtime.version === undefined && version !== undefined
        ? { ...runtime, version, evidence: `${VERSION_ANNOTATION} ${annotated} of ${from}` }
        : runtime,
  };
}

function servesVllm({ metadata, spec }: ServingRuntimeObject, image: string): boolean {
  const words = [
    metadata.name,
    image,
    ...(spec.supportedModelFormats ?? []).map(({ name }) => name),
    ...spec.containers.flatMap(({ command, args }) => [...(command ?? []), ...(args ?? [])]),
  ];
  return words.some((word) => /vllm|rhai(is|i)\//i.test(word));
}

const platformInName = (name: string): RuntimePlatform | undefined =>
  (["cuda", "rocm", "gaudi", "spyre", "cpu"] as const).find((platform) => name.includes(platform));

/**
 * The image for the accelerators that the cluster has most of; images come in the order of preference. Undefined when no
 * image fits.
 */
export function chooseImage(
  images: readonly RuntimeImage[],
  vendor: GpuVendor | undefined,
): RuntimeImage | undefined {
  const wanted = vendor === undefined ? "cuda" : BUILT_FOR[vendor];
  const exact = images.find(({ runtime }) => runtime.platform === wanted);
  return exact ?? images.find(({ runtime }) => runtime.platform === undefined);
}
