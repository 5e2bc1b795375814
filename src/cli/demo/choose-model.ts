import type { Env } from "../../base/env.ts";
import { toError } from "../../base/errors.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import type { Override } from "../../config/values/overrides.ts";
import type { Context } from "../framework/context.ts";

/** The model that the demo uses, and why it is that one. */
export interface ModelChoice {
  overrides: Override[];
  /** `openai/gpt-5.4-mini`, for people. */
  name: string;
  /** One line. */
  why: string;
  recorded: boolean;
}

interface Offer {
  /** The variable that holds the key. */
  env: string;
  provider: string;
  /** Small, cheap, and good enough with tools. */
  model: string;
}

const OFFERS: readonly Offer[] = [
  { env: "OPENAI_API_KEY", provider: "openai", model: "gpt-5.4-mini" },
  { env: "ANTHROPIC_API_KEY", provider: "anthropic", model: "claude-haiku-4-5" },
  { env: "GEMINI_API_KEY", provider: "gemini", model: "gemini-3.5-flash" },
  { env: "GROQ_API_KEY", provider: "groq", model: "openai/gpt-oss-120b" },
  { env: "OPENROUTER_API_KEY", provider: "openrouter", model: "openai/gpt-5.4-mini" },
];

/** Name under which the transcript is part of the program. */
export const TRANSCRIPT = "demo.jsonl";
const VERIFY_MS = 5_000;

/**
 * A real model if there is one: that of LLM_PROVIDER and LLM_MODEL, of the first key that is set, or of an Ollama on
 * this machine; it must answer. Else the recorded one. `load` gives the agent's config with some values replaced.
 */
export async function chooseModel(
  ctx: Context,
  load: (overrides: Override[]) => Promise<LoadedConfig>,
): Promise<ModelChoice> {
  const offer = wanted(ctx.env) ?? (await localOffer(ctx));
  if (!offer) return recorded("no LLM key is set, and no Ollama runs here");
  const name = `${offer.provider}/${offer.model}`;
  const overrides = modelOverrides(offer);
  try {
    const model = await ctx.services.openModel(await load(overrides));
    await model.verify(AbortSignal.any([ctx.signal, AbortSignal.timeout(VERIFY_MS)]));
    return { overrides, name, why: offer.env, recorded: false };
  } catch (error) {
    ctx.signal.throwIfAborted();
    return recorded(`${name} cannot be used: ${toError(error).message}`);
  }
}

function wanted(env: Env): Offer | undefined {
  const { LLM_PROVIDER: provider, LLM_MODEL: model } = env;
  if (provider && model) return { env: "LLM_PROVIDER and LLM_MODEL", provider, model };
  const offer = OFFERS.find((one) => (provider ? one.provider === provider : Boolean(env[one.env])));
  return offer && { ...offer, ...(model && { model }) };
}

async function localOffer({ env, signal, services }: Context): Promise<Offer | undefined> {
  const ollama = await services.detectOllama(env, signal);
  const model = ollama?.models[0];
  return model === undefined ? undefined : { env: "Ollama on this machine", provider: "ollama", model };
}

const modelOverrides = ({ provider, model }: Pick<Offer, "provider" | "model">): Override[] => [
  { path: ["llm", "provider"], value: provider, source: "the demo" },
  { path: ["llm", "model"], value: model, source: "the demo" },
];

/** The transcript was made with the first offer's model: requests are found by it. */
const recorded = (why: string): ModelChoice => ({
  overrides: [
    ...modelOverrides({ provider: "replay", model: OFFERS[0]!.model }),
    { path: ["llm", "transcript"], value: TRANSCRIPT, source: "the demo" },
  ],
  name: "a recording",
  why,
  recorded: true,
});
