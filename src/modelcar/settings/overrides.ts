import { parseJson } from "../../base/json.ts";
import { isObject } from "../../base/lenient-json.ts";
import { contextLimit } from "../model/context-limit.ts";
import type { ModelConfig } from "../model/model-config.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { readConfig } from "../model/read-config.ts";
import { valueProblem } from "./problems.ts";
import type { Argument, ArgumentProblem, ParsedArguments } from "./types.ts";

type Overrides = Record<string, unknown>;

export interface Overridden {
  facts: ModelFacts;
  problems: ArgumentProblem[];
}

/**
 * The model as vLLM sees it with `--hf-overrides` (keys over those of config.json) and `--rope-scaling` (until 0.11, over
 * the key of that name). What a formula reads is put in place; the rest is told.
 */
export function withOverrides(facts: ModelFacts, { byFlag }: Pick<ParsedArguments, "byFlag">): Overridden {
  if (!byFlag.has("hf-overrides") && !byFlag.has("rope-scaling")) return { facts, problems: [] };
  const [all, rope] = [objectOf(byFlag.get("hf-overrides")), objectOf(byFlag.get("rope-scaling"))];
  const problems = [...all.problems, ...rope.problems];
  const overrides = { ...all.value, ...(rope.value !== undefined && { rope_scaling: rope.value }) };
  if (facts.config === undefined || Object.keys(overrides).length === 0) return { facts, problems };
  const { config, left } = applied(facts.config, overrides);
  const changed = {
    ...facts,
    config,
    architecture: config.architectures?.[0] ?? facts.architecture,
    contextLimit: contextLimit(config) ?? facts.contextLimit,
  };
  return { facts: changed, problems: [...problems, ...left.map(untaken)] };
}

function objectOf(given: Argument | undefined): {
  value: Overrides | undefined;
  problems: ArgumentProblem[];
} {
  if (given === undefined) return { value: undefined, problems: [] };
  const { flag, value: text = "" } = given;
  const value = parseJson(text);
  if (isObject(value)) return { value: { ...value }, problems: [] };
  return {
    value: undefined,
    problems: [valueProblem(flag, `--${flag}=${text}: expected a JSON object`)],
  };
}

/** Parts of a config that overrides go into, key by key. */
const PARTS = ["text_config", "llm_config", "language_config", "thinker_config"];

/** What no formula reads from the config: what else would have to be read again, so that no number holds. */
const DECISIVE = ["quantization_config", "compression_config"];

function applied(config: ModelConfig, overrides: Overrides): { config: ModelConfig; left: string[] } {
  const own: Overrides = { ...config };
  const decisive = Object.keys(overrides).filter((key) => DECISIVE.includes(key));
  const usable = Object.entries(overrides).filter(([key]) => !DECISIVE.includes(key));
  for (const [key, value] of usable) {
    const before = own[key];
    const isPart = PARTS.includes(key) && isObject(before) && isObject(value);
    own[key] = isPart ? { ...before, ...value } : value;
  }
  // The newer key counts where both are there, and the override is the newer of the two.
  if ("rope_parameters" in overrides) delete own["rope_scaling"];
  const { config: read = config } = readConfig(JSON.stringify(own));
  const left = usable.map(([key]) => key).filter((key) => !(key in read) && overrides[key] !== null);
  return { config: read, left: [...decisive, ...left] };
}

function untaken(key: string): ArgumentProblem {
  const isDecisive = DECISIVE.includes(key);
  const text = isDecisive
    ? `--hf-overrides replaces ${key}: what the weights then are is not known`
    : `--hf-overrides sets ${key}, which no number here depends on`;
  return {
    severity: isDecisive ? "unknown" : "warning",
    code: "config-override",
    flag: "--hf-overrides",
    text,
  };
}
