import { z } from "zod";
import { PROVIDER_NAMES, REPLAY, unknownProvider } from "./providers.ts";

const price = z
  .strictObject({
    input: z.number().min(0).describe("USD per million input tokens."),
    output: z.number().min(0).describe("USD per million output tokens."),
    cached_input: z
      .number()
      .min(0)
      .optional()
      .describe("USD per million input tokens read from the cache; default: input."),
  })
  .describe("Price of a model.");
export type Price = z.output<typeof price>;

const choice = {
  provider: z.string().describe(`${PROVIDER_NAMES.join(", ")}, or any name together with base_url.`),
  model: z.string().min(1).describe("Model name as the provider knows it."),
  api_key_env: z
    .string()
    .optional()
    .describe("Environment variable of the key; default: the provider's own, as OPENAI_API_KEY."),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address of an OpenAI-compatible API; default: the provider's own."),
  transcript: z.string().optional().describe("Transcript file that the replay provider answers from."),
};

const sampling = {
  temperature: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe("Sampling temperature; absent: the provider's default."),
  max_tokens: z
    .int()
    .min(1)
    .optional()
    .describe("Tokens one answer may have; absent: the provider's default."),
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

const fallbackChoice = z
  .strictObject({ ...choice, ...sampling })
  .superRefine(checkChoice, always)
  .describe("Another model to ask.");

export const llmSection = z
  .strictObject({
    ...choice,
    system_prompt: z.string().default("").describe("What the model is told before every task."),
    ...sampling,
    timeout_secs: z
      .number()
      .positive()
      .default(120)
      .describe(
        "Seconds to wait for an answer, or, once it is being written, for its next piece. The whole task has its own limit.",
      ),
    max_retries: z
      .int()
      .min(0)
      .default(3)
      .describe("Further tries of a call that failed in a way that may pass."),
    stream: z.boolean().default(true).describe("Read answers as they are written."),
    output_schema: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("JSON Schema that every final answer must have (structured output)."),
    fallback: z
      .array(fallbackChoice)
      .default([])
      .describe(
        "Models to ask, in order, when the one before cannot answer. temperature and max_tokens are those of [llm], where not given.",
      ),
    prices: z
      .record(z.string(), price)
      .default({})
      .describe("USD prices by model name, or by provider/model; they come before the built-in table."),
  })
  .superRefine(checkChoice, always)
  .describe("The model that works the tasks.");
export type LlmSection = z.output<typeof llmSection>;
export type ModelChoice = Pick<LlmSection, keyof typeof choice | keyof typeof sampling>;
