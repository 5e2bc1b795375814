import { factsOf } from "../cases/cases.fixture.ts";
import { gpuType } from "../gpus/match.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { namedRuntime } from "../runtime/image.ts";
import { servingSettings } from "../settings/settings.ts";
import { isEstimate, requirements } from "./requirements.ts";
import { modelShape } from "./shape.ts";
import type { Requirements } from "./types.ts";

/** Arguments, GPU and release; H100 with 0.11 where nothing is said. */
export interface Options {
  args?: string[];
  gpu?: string;
  version?: string;
}

export function settingsFor({ args = [], gpu = "H100", version = "0.11.0" }: Options) {
  const type = gpuType(gpu)!;
  const runtime = namedRuntime(version, "test");
  const entry = { name: "m", image: "", outputType: undefined, args, gpuCount: undefined, line: 1 };
  return { type, runtime, settings: servingSettings(entry, { runtime, gpu: type, contextLimit: 131072 }) };
}

export function estimate(facts: ModelFacts, options: Options = {}): Requirements {
  const { type, runtime, settings } = settingsFor(options);
  const result = requirements(facts, settings, type, runtime);
  if (!isEstimate(result)) throw new Error(result.missing);
  return result;
}

export const shapeOf = (model: string) => modelShape(factsOf(model).config ?? {})!;
