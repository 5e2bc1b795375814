import * as z from "../base/zod.ts";
import { PROVIDER_NAMES, REPLAY, unknownProvider } from "./providers.ts";

const usd = z.number().check(z.minimum(0));

const price = z.described(
  z.strictObject({
    input: z.described(usd, "USD per million input tokens."),
    output: z.described(usd, "USD per million output tokens."),
    cached_input: z.described(
      z.optional(usd),
      "USD per million input tokens read from the cache; default: input.",
    ),
  }),
  "Price of a model.",
);
export type Price = z.output<typeof price>;

const choice = {
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

const sampling = {
  temperature: z.described(
    z.optional(z.number().check(z.minimum(0), z.maximum(2))),
    "Sampling temperature; absent: the provider's default.",
  ),
  max_tokens: z.described(
    z.optional(z.int().check(z.minimum(1))),
    "Tokens one answer may have; absent: the provider's default.",
  ),
};

interface ChoiceKeys {
  provider: string;
  base_url?: string | undefined;
  transcript?: string | undefined;
}

/** What a provider needs besides its name. */
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

/** Checked also when other keys are wrong: all problems are told at once. */
const always = {
  when: ({ value }: { value: unknown }) =>
    typeof (value as { provider?: unknown } | null)?.provider === "string",
};

const fallbackChoice = z.described(
  z.strictObject({ ...choice, ...sampling }).check(z.superRefine(checkChoice, always)),
  "Another model to ask.",
);

const section = z.strictObject({
  ...choice,
  system_prompt: z.described(z._default(z.string(), ""), "What the model is told before every task."),
  ...sampling,
  timeout_secs: z.described(
    z._default(z.number().check(z.positive()), 120),
    "Seconds to wait for an answer, or, once it is being written, for its next piece. The whole task has its own limit.",
  ),
  max_retries: z.described(
    z._default(z.int().check(z.minimum(0)), 3),
    "Further tries of a call that failed in a way that may pass.",
  ),
  stream: z.described(z._default(z.boolean(), true), "Read answers as they are written."),
  output_schema: z.described(
    z.optional(z.record(z.string(), z.unknown())),
    "JSON Schema that every final answer must have (structured output).",
  ),
  fallback: z.described(
    z._default(z.array(fallbackChoice), []),
    "Models to ask, in order, when the one before cannot answer. temperature and max_tokens are those of [llm], where not given.",
  ),
  prices: z.described(
    z._default(z.record(z.string(), price), {}),
    "USD prices by model name, or by provider/model; they come before the built-in table.",
  ),
});

export const llmSection = z.described(
  section.check(z.superRefine(checkChoice, always)),
  "The model that works the tasks.",
);
export type LlmSection = z.output<typeof llmSection>;
export type ModelChoice = Pick<LlmSection, keyof typeof choice | keyof typeof sampling>;
