import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { ModelNeed } from "../decision/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import { testWorld } from "../model/tiny-model.fixture.ts";
import { supervise } from "../supervisor/supervise.ts";
import type { Supervised, SupervisorInput } from "../supervisor/types.ts";

export interface TestRun {
  /** Model of the cases by the name of the entry, with its arguments. */
  models: Readonly<Record<string, { model: string; args?: string[]; quantization?: string }>>;
  gpus: string;
  vllm?: string;
  more?: Partial<SupervisorInput>;
}

/** A run of the supervisor on models of the cases: nothing is read. */
export function runOf({ models, gpus, vllm = "0.11.0", more = {} }: TestRun): Promise<Supervised> {
  const needs = Object.entries(models).map(
    ([name, one]): ModelNeed => ({ ...needOf({ name, ...one, gpus }), unread: undefined }),
  );
  const entries = needs.map(({ entry }) => ({ ...entry, image: `hf://cases/${entry.name}` }));
  const facts = new Map<string, ModelFacts>(needs.map((need, i) => [entries[i]!.image, need.facts!]));
  const inventory = inventoryOf({ gpus, vllm });
  return supervise({
    car: { file: "modelcar.yaml", models: entries, warnings: [] },
    world: testWorld(),
    bootstrap: { facts, from: "the cases" },
    inspect: async () => ({ inventory, checks: [] }),
    machines: `--gpus "${gpus}"`,
    runtime: inventory.runtime,
    ...more,
  });
}
