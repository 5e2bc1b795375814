import { unpricedModels } from "../llm/pricing.ts";
import { modelSecretEnvs } from "../llm/secret-envs.ts";
import { checkToolSettings, toolSecretEnvs, toolWarnings } from "../tools/table.ts";
import type { ConfigFeatures } from "./features.ts";

/** The features as they are built in. Loads their tables and schemas, nothing that does the work. */
export const standardFeatures: ConfigFeatures = {
  checkToolSettings,
  toolSecretEnvs,
  toolWarnings,
  modelSecretEnvs,
  unpricedModels,
};
