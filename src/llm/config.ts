import { timerSecs } from "../base/timer-schema.ts";
import * as z from "../base/zod.ts";
import { choiceCheck, choiceKeys, temperature } from "./choice.ts";

const usd = () => z.number().check(z.minimum(0));

const price = z.deferred(() =>
  z.described(
    z.strictObject({
      input: z.described(usd(), "USD per million input tokens."),
      output: z.described(usd(), "USD per million output tokens."),
      cached_input: z.described(
        z.optional(usd()),
        "USD per million input tokens read from the cache; default: input.",
      ),
    }),
    "Price of a model.",
  ),
);
export type Price = z.output<typeof price>;

const sampling = {
  temperature: z.described(
    z.optional(temperature()),
    "Sampling temperature; absent: the provider's default.",
  ),
  max_tokens: z.described(
    z.optional(z.int().check(z.minimum(1))),
    "Tokens one answer may have; absent: the provider's default.",
  ),
};

const fallbackChoice = z.deferred(() =>
  z.described(z.strictObject({ ...choiceKeys, ...sampling }).check(choiceCheck()), "Another model to ask."),
);

const section = z.strictObject({
  ...choiceKeys,
  system_prompt: z.described(z._default(z.string(), ""), "What the model is told before every task."),
  ...sampling,
  timeout_secs: z.described(
    z._default(timerSecs(), 120),
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

export const llmSection = z.described(section.check(choiceCheck()), "The model that works the tasks.");
export type LlmSection = z.output<typeof llmSection>;
export type ModelChoice = Pick<LlmSection, keyof typeof choiceKeys | keyof typeof sampling>;
