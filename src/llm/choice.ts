import * as z from "../base/zod.ts";
import { PROVIDER_NAMES, REPLAY, unknownProvider } from "./providers.ts";

/** The keys that choose a model, wherever a config does: `[llm]`, `[[llm.fallback]]`, `[routing.llm]`. */
export const choiceKeys = {
  provider: z.described(z.string(), `${PROVIDER_NAMES.join(", ")}, or any name together with base_url.`),
  model: z.described(z.string().check(z.minLength(1)), "Model name as the provider knows it."),
  api_key_env: z.described(
    z.optional(z.string()),
    "Environment variable of the key; default: the provider's own, as OPENAI_API_KEY.",
  ),
  base_url: z.described(
    z.optional(z.url({ protocol: /^https?$/ })),
    "Address of an OpenAI-compatible API; default: the provider's own.",
  ),
  transcript: z.described(z.optional(z.string()), "Transcript file that the replay provider answers from."),
};

/** The range that all providers' APIs take. */
export const temperature = () => z.number().check(z.minimum(0), z.maximum(2));

/** What a provider needs besides its name. Checked also when other keys are wrong: all problems are told at once. */
export const choiceCheck = () => z.superRefine(checkChoice, { when: namesProvider });

interface ChoiceKeys {
  provider: string;
  base_url?: string | undefined;
  transcript?: string | undefined;
}

function checkChoice({ provider, base_url, transcript }: ChoiceKeys, ctx: z.core.$RefinementCtx): void {
  if (base_url === undefined && !PROVIDER_NAMES.includes(provider)) {
    const message = `${unknownProvider(provider)}; a provider that is not built in needs base_url`;
    ctx.addIssue({ code: "custom", path: ["provider"], message });
  }
  if (provider === REPLAY && transcript === undefined) {
    const message = "the replay provider needs a transcript to answer from: a file recorded with --record";
    ctx.addIssue({ code: "custom", path: ["transcript"], message });
  }
}

const namesProvider = ({ value }: { value: unknown }): boolean =>
  typeof (value as { provider?: unknown } | null)?.provider === "string";
