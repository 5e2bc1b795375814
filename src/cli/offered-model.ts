import type { Env } from "../base/env.ts";
import type { Context } from "./framework/context.ts";

/** A language model that the environment offers to commands without a config. */
export interface OfferedModel {
  provider: string;
  model: string;
  /** What offers it: a variable, or an Ollama. */
  from: string;
}

/** By the variable that holds the key: small models, cheap, and good enough with tools. */
const OFFERS = [
  { from: "OPENAI_API_KEY", provider: "openai", model: "gpt-5.4-mini" },
  { from: "ANTHROPIC_API_KEY", provider: "anthropic", model: "claude-haiku-4-5" },
  { from: "GEMINI_API_KEY", provider: "gemini", model: "gemini-3.5-flash" },
  { from: "GROQ_API_KEY", provider: "groq", model: "openai/gpt-oss-120b" },
  { from: "OPENROUTER_API_KEY", provider: "openrouter", model: "openai/gpt-5.4-mini" },
] as const satisfies readonly OfferedModel[];

/** What is meant when nothing else is said. */
export const FIRST_OFFER: OfferedModel = OFFERS[0];

/** The model of LLM_PROVIDER and LLM_MODEL, of the first key that is set, or of an Ollama on this machine. */
export const offeredModel = async (
  ctx: Pick<Context, "env" | "signal" | "services">,
): Promise<OfferedModel | undefined> => wanted(ctx.env) ?? (await localModel(ctx));

function wanted(env: Env): OfferedModel | undefined {
  const { LLM_PROVIDER: provider, LLM_MODEL: model } = env;
  if (provider && model) return { from: "LLM_PROVIDER and LLM_MODEL", provider, model };
  const offer = OFFERS.find((one) => (provider ? one.provider === provider : Boolean(env[one.from])));
  return offer && { ...offer, ...(model && { model }) };
}

async function localModel({
  env,
  signal,
  services,
}: Pick<Context, "env" | "signal" | "services">): Promise<OfferedModel | undefined> {
  const ollama = await services.detectOllama(env, signal);
  const model = ollama?.models[0];
  return model === undefined ? undefined : { from: "Ollama on this machine", provider: "ollama", model };
}
