import { unpricedModels } from "../llm/pricing.ts";
import { modelSecretEnvs } from "../llm/secret-envs.ts";
import { checkToolSettings, toolForms, toolSecretEnvs } from "../tools/table.ts";
import type { ConfigFeatures } from "./features.ts";
import type { ToolDescription } from "./schema/json-schema.ts";

/** The features as they are built in. Loads their tables and schemas, nothing that does the work. */
export const standardFeatures: ConfigFeatures = {
  checkToolSettings,
  toolSecretEnvs,
  modelSecretEnvs,
  unpricedModels,
};

/** The tools as the published schema and the reference page show them. */
export const toolDescriptions = (): readonly ToolDescription[] => toolForms();
