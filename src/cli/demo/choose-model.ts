import { toError } from "../../base/errors.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import type { Override } from "../../config/values/overrides.ts";
import type { Context } from "../framework/context.ts";
import { FIRST_OFFER, type OfferedModel, offeredModel } from "../offered-model.ts";

/** The model that the demo uses, and why it is that one. */
export interface ModelChoice {
  overrides: Override[];
  /** `openai/gpt-5.4-mini`, for people. */
  name: string;
  /** One line. */
  why: string;
  recorded: boolean;
}

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
  const offer = await offeredModel(ctx);
  if (!offer) return recorded("no LLM key is set, and no Ollama runs here");
  const name = `${offer.provider}/${offer.model}`;
  const overrides = modelOverrides(offer);
  try {
    const model = await ctx.services.openModel(await load(overrides));
    await model.verify(AbortSignal.any([ctx.signal, AbortSignal.timeout(VERIFY_MS)]));
    return { overrides, name, why: offer.from, recorded: false };
  } catch (error) {
    ctx.signal.throwIfAborted();
    return recorded(`${name} cannot be used: ${toError(error).message}`);
  }
}

const modelOverrides = ({ provider, model }: Pick<OfferedModel, "provider" | "model">): Override[] => [
  { path: ["llm", "provider"], value: provider, source: "the demo" },
  { path: ["llm", "model"], value: model, source: "the demo" },
];

/** The transcript was made with the first offer's model: requests are found by it. */
const recorded = (why: string): ModelChoice => ({
  overrides: [
    ...modelOverrides({ provider: "replay", model: FIRST_OFFER.model }),
    { path: ["llm", "transcript"], value: TRANSCRIPT, source: "the demo" },
  ],
  name: "a recording",
  why,
  recorded: true,
});
