import type { LlmSection } from "../llm/config.ts";
import type { ToolSetting } from "../tools/config.ts";
import type { Path } from "./paths.ts";

/** A mistake in the options of a tool; the path begins with the tool's name: `["web_search", "api_key_env"]`. */
export interface ToolProblem {
  path: Path;
  message: string;
  hint?: string;
}

/** The part of `[llm]`, or of `[routing.llm]`, that says whose key is needed. */
export type KeyedModels = Pick<LlmSection, "provider" | "api_key_env" | "fallback">;

/** What the loader asks of the features: see standard-features.ts; tests put in their own. */
export interface ConfigFeatures {
  /** Problems in the options of the tools; every tool's, all at once. */
  checkToolSettings(settings: readonly ToolSetting[]): readonly ToolProblem[];
  /** Environment variables that hold the tools' secrets, those that no option names too. */
  toolSecretEnvs(settings: readonly ToolSetting[]): readonly string[];
  /** Environment variables that hold the keys of the models, those that no key names too. */
  modelSecretEnvs(models: KeyedModels): readonly string[];
  /** The models of the section whose price is not known, as `provider/model`. */
  unpricedModels(llm: LlmSection): readonly string[];
}
