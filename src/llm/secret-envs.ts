import type { LlmSection } from "./config.ts";
import { providerOf } from "./providers.ts";

/** Environment variables that hold the keys of a config's models, the providers' own ones too. */
export function modelSecretEnvs(
  section: Pick<LlmSection, "provider" | "api_key_env" | "fallback">,
): string[] {
  const names = [section, ...section.fallback].map(
    ({ provider, api_key_env }) => api_key_env ?? providerOf(provider).keyEnv,
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}
