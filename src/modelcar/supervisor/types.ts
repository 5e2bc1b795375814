import type { ModelNeed } from "../decision/types.ts";
import type { Inventory } from "../inventory/types.ts";
import type { ModelCar } from "../manifest/types.ts";
import type { ModelFacts } from "../model/model-facts.ts";
import type { ModelWorld } from "../model/types.ts";
import type { CheckReport, QaReport, Report, StepName, StepReport } from "../report/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

/** What the supervisor is asked. */
export interface SupervisorInput {
  car: Pick<ModelCar, "file" | "models" | "warnings">;
  world: ModelWorld;
  /** Facts of an earlier run by reference, and where they were kept; they are not read again. */
  bootstrap?: { facts: ReadonlyMap<string, ModelFacts>; from: string } | undefined;
  /** The machines. May reject with an ExpectedError: what was read of the models is kept. */
  inspect(): Promise<Inspected>;
  /** How the machines were named, for the checklist: `--gpus "4x NVIDIA-L40S"`, `the cluster`. */
  machines: string;
  /** What is known of the runtime when the machines cannot be read. */
  runtime: RuntimeVersion;
  /**
   * Runs models for real: those that are deployable, with the arguments that start; undefined: there is none. Asked only
   * where a cluster could be read.
   */
  qa?: ((needs: readonly ModelNeed[], inventory: Inventory) => Promise<QaRun | undefined>) | undefined;
  onEvent?: (event: SupervisorEvent) => void;
}

/** A run on the cluster that is about to begin. */
export interface QaRun {
  /** Which file it is that runs, and what of it. */
  what: string;
  run(): Promise<QaReport>;
}

/** Machines, and what was checked on the way to them. */
export interface Inspected {
  inventory: Inventory;
  checks: readonly CheckReport[];
}

/** What happens, as it happens. */
export type SupervisorEvent =
  | { type: "begin"; step: StepName }
  /** Something is being done that takes a while. */
  | { type: "progress"; text: string }
  | { type: "check"; step: StepName; check: CheckReport }
  | { type: "end"; step: StepReport; found: Found };

/** All that is known by now. */
export interface Found {
  needs: readonly ModelNeed[];
  /** Undefined: not looked at yet, or it could not be read. */
  inventory?: Inventory | undefined;
  /** From the decision on. */
  report?: Report;
}

/** A run: the report, and what it was made of. */
export interface Supervised {
  report: Report;
  needs: ModelNeed[];
  inventory: Inventory | undefined;
}
