import type { Usage } from "../runtime/ports/model.ts";
import type { LlmSection, Price } from "./config.ts";
import table from "./prices.json" with { type: "json" };
import { DIRECT, type Provider, providerOf, REPLAY } from "./providers.ts";

/** What a model costs: USD per million tokens. */
export interface Rate extends Price {
  /** Requests with more input tokens than this cost more, all of their tokens. */
  above?: Price & { tokens: number };
}

interface PriceTable {
  /** Day of the figures, by provider, and where they are from. */
  [provider: string]: { as_of: string; source: string; models: Record<string, Rate> };
}

const TABLE: PriceTable = table;
const FREE: Rate = { input: 0, output: 0 };

/**
 * What may follow a model's name without making it another model: a date or a number of its version, `-latest`,
 * `-preview`. (`gpt-5-pro` is not a `gpt-5`, and costs twelve times as much.)
 */
const SUFFIX = /^[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{6}|\d{4}|\d{3}|0|latest|preview(-\d{2}-(\d{2}|\d{4}))?)$/;

/**
 * The price of a model, or undefined when it is not known: unknown is never zero. The config's own prices come first,
 * under `provider/model` or the model's name; local models are free.
 */
export function rateOf(
  { provider, model }: { provider: string; model: string },
  overrides: Readonly<Record<string, Price>> = {},
): Rate | undefined {
  const given = overrides[`${provider}/${model}`] ?? nearest(overrides, model);
  if (given !== undefined) return given;
  const { local, pricedAs = provider }: Provider = providerOf(provider);
  if (local) return FREE;
  return Object.hasOwn(TABLE, pricedAs) ? nearest(TABLE[pricedAs]!.models, model) : undefined;
}

/** The entry of this name, or the one with the longest name that this is a dated version of. */
function nearest<T>(entries: Readonly<Record<string, T>>, model: string): T | undefined {
  if (Object.hasOwn(entries, model)) return entries[model];
  const names = Object.keys(entries).filter(
    (name) => model.startsWith(name) && SUFFIX.test(model.slice(name.length)),
  );
  const longest = names.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : entries[longest];
}

/** USD for these tokens. Cached input without a price of its own costs what input costs. */
export function costOf(rate: Rate, usage: Usage): number {
  const {
    input,
    output,
    cached_input = input,
  } = rate.above !== undefined && usage.inputTokens > rate.above.tokens ? rate.above : rate;
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  return (
    ((usage.inputTokens - cached) * input + cached * cached_input + usage.outputTokens * output) / 1_000_000
  );
}

/**
 * The models of a config whose price is not known, as `provider/model`: with these, max_cost_per_task cannot be
 * held to.
 */
export function unpricedModels(
  section: Pick<LlmSection, "provider" | "model" | "fallback" | "prices">,
): string[] {
  return [section, ...section.fallback]
    .filter(
      (choice) =>
        choice.provider !== REPLAY &&
        choice.provider !== DIRECT &&
        providerOf(choice.provider).reportsCost !== true,
    )
    .filter((choice) => rateOf(choice, section.prices) === undefined)
    .map(({ provider, model }) => `${provider}/${model}`);
}
