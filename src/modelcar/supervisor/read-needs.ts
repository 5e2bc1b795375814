import { mapParallel } from "../../base/map-parallel.ts";
import type { ModelNeed } from "../decision/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { readModelFacts } from "../model/read.ts";
import type { ModelWorld } from "../model/types.ts";
import { maskedEntry } from "../secrets/entry.ts";

/** Registries stand more at once, and people's connections do not. */
const AT_ONCE = 6;

export interface ReadOptions {
  /** Facts of earlier runs, by reference: these are not read again. */
  known?: ReadonlyMap<string, ModelFacts>;
  /** Hears of every model that was read, in the order in which they come. */
  onRead?: (entry: ModelEntry, facts: ModelFacts) => void;
}

/**
 * What each entry needs, in their order; a reference that several entries have is read once. The entries of the result
 * are without their secrets: all that is told of a model is made from it.
 */
export async function readNeeds(
  entries: readonly ModelEntry[],
  world: ModelWorld,
  { known = new Map(), onRead }: ReadOptions = {},
): Promise<ModelNeed[]> {
  const reading = new Map<string, Promise<ModelFacts>>();
  const factsOf = (image: string): Promise<ModelFacts> => {
    const kept = known.get(image);
    const facts = reading.get(image) ?? (kept ? Promise.resolve(kept) : readModelFacts(image, world));
    reading.set(image, facts);
    return facts;
  };
  return mapParallel(
    entries.map(maskedEntry),
    AT_ONCE,
    async (entry): Promise<ModelNeed> => {
      const facts = await factsOf(entry.image);
      onRead?.(entry, facts);
      return { entry, facts, unread: undefined };
    },
    world.signal,
  );
}
