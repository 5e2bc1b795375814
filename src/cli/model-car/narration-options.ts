import type { OptionSpecs } from "../framework/option-spec.ts";

export const narrationOptions = {
  narrate: {
    type: "boolean",
    description: "Let a language model put the result into words; it decides nothing",
  },
  ask: {
    type: "string",
    value: "QUESTION",
    description: "Let a language model answer a question about the result",
  },
  llm: {
    type: "string",
    value: "PROVIDER/MODEL",
    description:
      "Which language model; default: LLM_PROVIDER and LLM_MODEL, the first key that is set (OPENAI_API_KEY, …), or an Ollama on this machine",
  },
} as const satisfies OptionSpecs;
