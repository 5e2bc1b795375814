import { closest } from "../base/did-you-mean.ts";

/**
 * The LLM providers known by name. Each is a value: where its OpenAI-compatible API is, how it wants to be
 * greeted, and in which points it differs from OpenAI. A new one is one entry here.
 */

export interface Quirks {
  /**
   * How an answer of a given shape is asked for. `strict`: response_format with a strict JSON Schema;
   * `json_schema`: the same, not strict; `tool`: a tool that must be called.
   */
  structured: "strict" | "json_schema" | "tool";
  /** Takes `stream_options.include_usage`. */
  streamUsage: boolean;
  maxTokens: "max_tokens" | "max_completion_tokens";
  /** Takes a temperature. */
  temperature: boolean;
}

export interface Provider {
  /** Base of the OpenAI-compatible API; without one the config or the environment must give it. */
  baseUrl?: string;
  /** Environment variable that gives the address where the config does not. */
  baseUrlEnv?: string;
  /** Environment variable of the key. */
  keyEnv?: string;
  keyRequired?: boolean;
  /** How the key is sent. */
  auth?: "bearer" | "api-key";
  /** Further headers whose values the environment gives: name of the header to name of the variable. */
  envHeaders?: Record<string, string>;
  /** Path below the base URL that tells whether a key is good, without spending tokens; default /models. */
  probePath?: string;
  /** Headers that the probe needs on top. */
  probeHeaders?(key: string): Record<string, string>;
  /** Runs on the user's own machines: calls cost nothing, and its list of models is complete. */
  local?: boolean;
  /** Tells the cost of a call in USD, in `usage.cost`. */
  reportsCost?: boolean;
  /** Provider whose prices apply; default: its own. */
  pricedAs?: string;
  quirks?: Partial<Quirks>;
}

const OPENAI_QUIRKS: Quirks = {
  structured: "strict",
  streamUsage: true,
  maxTokens: "max_tokens",
  temperature: true,
};

export const PROVIDERS = {
  openai: {
    baseUrl: "https://api.openai.com/v1",
    baseUrlEnv: "OPENAI_BASE_URL",
    keyEnv: "OPENAI_API_KEY",
    keyRequired: true,
    envHeaders: { "openai-organization": "OPENAI_ORG_ID", "openai-project": "OPENAI_PROJECT_ID" },
    quirks: { maxTokens: "max_completion_tokens" },
  },
  anthropic: {
    // docs: "OpenAI SDK compatibility": response_format is ignored, so structured output is a tool call.
    baseUrl: "https://api.anthropic.com/v1",
    keyEnv: "ANTHROPIC_API_KEY",
    keyRequired: true,
    probeHeaders: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),
    quirks: { structured: "tool" },
  },
  gemini: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    keyEnv: "GEMINI_API_KEY",
    keyRequired: true,
    quirks: { structured: "json_schema" },
  },
  ollama: {
    baseUrl: "http://127.0.0.1:11434/v1",
    baseUrlEnv: "OLLAMA_HOST",
    keyEnv: "OLLAMA_API_KEY",
    local: true,
    quirks: { structured: "json_schema" },
  },
  vllm: {
    baseUrl: "http://127.0.0.1:8000/v1",
    keyEnv: "VLLM_API_KEY",
    local: true,
    quirks: { structured: "json_schema" },
  },
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    keyEnv: "GROQ_API_KEY",
    keyRequired: true,
    // docs: strict mode is for some models only; best-effort mode for more; the rest are found out by asking.
    quirks: { structured: "json_schema" },
  },
  openrouter: {
    baseUrl: "https://openrouter.ai/api/v1",
    keyEnv: "OPENROUTER_API_KEY",
    keyRequired: true,
    // The list of models is public: it would not tell a bad key.
    probePath: "/key",
    reportsCost: true,
  },
  azure: {
    baseUrlEnv: "AZURE_OPENAI_ENDPOINT",
    keyEnv: "AZURE_OPENAI_API_KEY",
    keyRequired: true,
    auth: "api-key",
    pricedAs: "openai",
  },
} satisfies Record<string, Provider>;

/** Answers from a transcript: see replay.ts. */
export const REPLAY = "replay";

/** No language model: the task is the arguments of the tool that `model` names: see direct.ts. */
export const DIRECT = "direct";

/** Every name that needs no base_url. */
export const PROVIDER_NAMES: readonly string[] = [...Object.keys(PROVIDERS), REPLAY, DIRECT];

/** The provider of this name; one that is not in the table is taken for OpenAI's twin at the config's base_url. */
export const providerOf = (name: string): Provider => {
  const known: Record<string, Provider> = PROVIDERS;
  return Object.hasOwn(known, name) ? known[name]! : {};
};

/** `unknown LLM provider "opnai"`, with the name that was probably meant. */
export function unknownProvider(name: string): string {
  const near = closest(name, PROVIDER_NAMES);
  return `unknown LLM provider "${name}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
}

/** OpenAI's models that reason: they take max_completion_tokens, and no temperature but their own. */
const REASONING = /^(o[1-9]|gpt-[5-9])(?!.*-chat)/;

/** What is known beforehand about how this model wants to be asked; the client learns the rest from refusals. */
export function quirksOf(provider: string, model: string): Quirks {
  const quirks: Quirks = { ...OPENAI_QUIRKS, ...providerOf(provider).quirks };
  // OpenRouter and gateways name OpenAI's models `openai/…`.
  if (!REASONING.test(model.replace(/^openai\//, ""))) return quirks;
  return { ...quirks, maxTokens: "max_completion_tokens", temperature: false };
}
