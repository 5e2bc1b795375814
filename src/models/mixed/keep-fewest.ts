export interface MixedSearch<Model> {
  /** Names of layers, the most sensitive first. */
  ranked: readonly string[];
  /** The model with these layers left in float and all others quantized. */
  build(keep: ReadonlySet<string>): Model;
  /** How much worse the model is than the float one, in the unit of the tolerance. */
  evaluate(model: Model): Promise<number>;
  /** The greatest drop that is accepted. */
  tolerance: number;
  /** Models evaluated at most. */
  maxEvaluations?: number;
  signal?: AbortSignal;
}

export interface MixedPrecision<Model> {
  model: Model;
  /** Whether the tolerance is met. */
  reached: boolean;
  /** The drop of `model`. */
  drop: number;
  /** The drop with every layer quantized. */
  allQuantized: number;
  /** Layers left in float, the most sensitive first. */
  kept: KeptLayer[];
  evaluations: number;
}

export interface KeptLayer {
  name: string;
  /** The drop were this layer quantized too; undefined where the evaluations were used up before. */
  dropIfQuantized: number | undefined;
}

interface Tried<Model> {
  keep: ReadonlySet<string>;
  model: Model;
  drop: number;
}

/**
 * Leaves as few layers in float as bring the drop within the tolerance: the shortest run of the most sensitive ones, found
 * by doubling and halving, from which each layer that turns out not to be needed is then quantized again. No one layer
 * of the result can be spared; that no other choice is smaller is not claimed. Takes 2·log₂(layers) evaluations for the
 * run and one for each layer in it. Where even all layers in float do not meet the tolerance, the best that was seen.
 */
export async function keepFewest<Model>(search: MixedSearch<Model>): Promise<MixedPrecision<Model>> {
  const trials = trialsOf(search);
  const first = await trials.keep([]);
  if (first.drop <= search.tolerance) return trials.result(first, first, new Map());
  const prefix = await shortestPrefix(search, trials);
  if (!prefix) return trials.result(trials.best(), first, new Map());
  return spareEach(search, trials, first, prefix);
}

type Trials<Model> = ReturnType<typeof trialsOf<Model>>;

function trialsOf<Model>({
  build,
  evaluate,
  tolerance,
  ranked,
  maxEvaluations = 64,
  signal,
}: MixedSearch<Model>) {
  let best: Tried<Model> | undefined;
  let evaluations = 0;
  return {
    left: () => maxEvaluations - evaluations,
    best: () => best!,
    async keep(names: readonly string[]): Promise<Tried<Model>> {
      signal?.throwIfAborted();
      const keep = new Set(names);
      const model = build(keep);
      evaluations++;
      const tried = { keep, model, drop: await evaluate(model) };
      if (!best || tried.drop < best.drop) best = tried;
      return tried;
    },
    result: (
      chosen: Tried<Model>,
      first: Tried<Model>,
      drops: ReadonlyMap<string, number>,
    ): MixedPrecision<Model> => ({
      model: chosen.model,
      reached: chosen.drop <= tolerance,
      drop: chosen.drop,
      allQuantized: first.drop,
      kept: ranked
        .filter((name) => chosen.keep.has(name))
        .map((name) => ({ name, dropIfQuantized: drops.get(name) })),
      evaluations,
    }),
  };
}

/** Doubles the run until it is enough, then halves the gap between what was enough and what was not. */
async function shortestPrefix<Model>(
  { ranked, tolerance }: MixedSearch<Model>,
  trials: Trials<Model>,
): Promise<Tried<Model> | undefined> {
  let tooFew = 0;
  let enough: Tried<Model> | undefined;
  for (let count = 1; !enough && tooFew < ranked.length && trials.left() > 0; count *= 2) {
    const length = Math.min(count, ranked.length);
    const tried = await trials.keep(ranked.slice(0, length));
    if (tried.drop <= tolerance) enough = tried;
    else tooFew = length;
  }
  while (enough && enough.keep.size - tooFew > 1 && trials.left() > 0) {
    const middle = Math.floor((enough.keep.size + tooFew) / 2);
    const tried = await trials.keep(ranked.slice(0, middle));
    if (tried.drop <= tolerance) enough = tried;
    else tooFew = middle;
  }
  return enough;
}

/** Tries to do without each layer, the least sensitive first. */
async function spareEach<Model>(
  { tolerance }: MixedSearch<Model>,
  trials: Trials<Model>,
  first: Tried<Model>,
  prefix: Tried<Model>,
): Promise<MixedPrecision<Model>> {
  let chosen = prefix;
  const drops = new Map<string, number>();
  for (const name of [...prefix.keep].reverse()) {
    const others = [...chosen.keep].filter((kept) => kept !== name);
    if (others.length === 0) drops.set(name, first.drop);
    if (others.length === 0 || trials.left() === 0) continue;
    const tried = await trials.keep(others);
    if (tried.drop <= tolerance) chosen = tried;
    else drops.set(name, tried.drop);
  }
  return trials.result(chosen, first, drops);
}
