import type { LlmSection } from "../llm/config.ts";
import type { ToolSetting } from "../tools/config.ts";
import type { ToolProblem } from "../tools/problems.ts";

/** The part of `[llm]`, or of `[routing.llm]`, that says whose key is needed. */
export type KeyedModels = Pick<LlmSection, "provider" | "api_key_env" | "fallback">;

/** What the loader asks of the features: see standard-features.ts; tests put in their own. */
export interface ConfigFeatures {
  /**
   * Problems in the options of the tools; every tool's, all at once. A path begins with the tool's name, and does not
   * say where in the entry the option stands: `["web_search", "api_key_env"]`.
   */
  checkToolSettings(settings: readonly ToolSetting[]): readonly ToolProblem[];
  /** Environment variables that hold the tools' secrets, those that no option names too. */
  toolSecretEnvs(settings: readonly ToolSetting[]): readonly string[];
  /** What the tools' options open that should be known, each a sentence that begins with the option's path. */
  toolWarnings(settings: readonly ToolSetting[]): readonly string[];
  /** Environment variables that hold the keys of the models, those that no key names too. */
  modelSecretEnvs(models: KeyedModels): readonly string[];
  /** The models of the section whose price is not known, as `provider/model`. */
  unpricedModels(llm: LlmSection): readonly string[];
}
