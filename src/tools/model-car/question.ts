import type { ModelNeed } from "../../modelcar/decision/types.ts";
import type { ModelEntry } from "../../modelcar/manifest/types.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import type { ToolSetup } from "../factory.ts";
import type { Roots } from "../files/roots.ts";
import type { ModelCarInput, ModelCarOptions } from "./options.ts";
import { guardedWorld } from "./world.ts";

export interface AnswerDeps {
  options: ModelCarOptions;
  roots: Roots;
  setup: ToolSetup;
}

/** A question, with what it takes to answer it. */
export interface Question {
  input: ModelCarInput;
  deps: AnswerDeps;
  ctx: ToolContext;
  runtime: RuntimeVersion;
}

/** What is read of these models, as far as the config lets it. */
export async function needsOf(
  { deps: { setup, options }, ctx }: Question,
  entries: readonly ModelEntry[],
): Promise<ModelNeed[]> {
  const { readNeeds } = await import("../../modelcar/supervisor/read-needs.ts");
  return readNeeds(entries, guardedWorld(setup, options, ctx.signal), {
    onRead: ({ name }) => ctx.progress(`read ${name}`),
  });
}
