import type { TensorGroup } from "./model-facts.ts";

const GROUPS: readonly [RegExp, TensorGroup][] = [
  [/(^|\.)(vision|visual|vit|image|mm_|multi_?modal|audio|speech)[^.]*\./i, "vision"],
  [/(^|\.)(lm_head|output|embed_out)\.(weight|qweight)/, "head"],
  [/(^|\.)(embed_tokens|wte|tok_embeddings|token_embd|word_embeddings|embeddings)\b/, "embedding"],
  [/(^|\.)(experts\b|ffn_\w+_exps)/, "experts"],
  [/norm(\.|$|_)|(^|\.)ln_\w+\./, "norms"],
];

/** What a tensor is for, by its name, over the names of transformers, Mistral and llama.cpp. */
export const tensorGroup = (name: string): TensorGroup =>
  GROUPS.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
