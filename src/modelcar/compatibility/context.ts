import type { GpuType } from "../gpus/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { ModelShape } from "../requirements/shape.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import type { ServingSettings } from "../settings/types.ts";
import type { Reason } from "./types.ts";

/** What the rules look at: one model, its settings, one kind of GPU, one release. */
export interface RuleContext {
  facts: ModelFacts;
  shape: ModelShape | undefined;
  settings: ServingSettings;
  gpu: GpuType;
  runtime: RuntimeVersion;
}

export const reason = (kind: Reason["kind"], code: string, text: string, source?: string): Reason => ({
  kind,
  code,
  text,
  source,
});

/** `vLLM 0.11.0`, or that it is not known. */
export const releaseText = ({ version }: RuntimeVersion): string =>
  version === undefined ? "vLLM (release not known)" : `vLLM ${version}`;

/** `8.9`. */
export const capabilityText = (capability: number): string =>
  `${Math.floor(capability / 10)}.${capability % 10}`;

/** `NVIDIA L4 has compute capability 8.9`. */
export const hasText = ({ name }: Pick<GpuType, "name">, capability: number): string =>
  `${name} has compute capability ${capabilityText(capability)}`;

const ORDER: readonly Reason["kind"][] = ["blocks", "memory", "unknown", "warning", "note"];

/** The reasons with the decisive ones first; equal ones keep their order. */
export const inOrder = (reasons: readonly Reason[]): Reason[] =>
  [...reasons].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
