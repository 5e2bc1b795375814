import type { ModelNeed } from "../../modelcar/decision/types.ts";
import type { ModelEntry } from "../../modelcar/manifest/types.ts";
import type { RuntimeVersion } from "../../modelcar/runtime/types.ts";
import type { ToolContext } from "../../runtime/ports/tool.ts";
import type { Roots } from "../files/roots.ts";
import type { ModelCarInput } from "./options.ts";
import { guardedWorld, type WorldDeps } from "./world.ts";

export interface AnswerDeps extends WorldDeps {
  roots: Roots;
}

/** A question, with what it takes to answer it. */
export interface Question {
  input: ModelCarInput;
  deps: AnswerDeps;
  ctx: ToolContext;
  runtime: RuntimeVersion;
}

/** What is read of these models, as far as the config lets it. */
export async function needsOf({ deps, ctx }: Question, entries: readonly ModelEntry[]): Promise<ModelNeed[]> {
  const { readNeeds } = await import("../../modelcar/supervisor/read-needs.ts");
  return readNeeds(entries, guardedWorld(deps, ctx.signal), {
    onRead: ({ name }) => ctx.progress(`read ${name}`),
  });
}
