import type { ModelCar } from "../manifest/types.ts";
import type { ModelWorld } from "../model/types.ts";
import type { CheckReport, QaReport, Report, StepName, StepReport } from "../report/types.ts";
import type { Inventory, ModelFacts, ModelNeed, RuntimeVersion } from "../types.ts";

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
  /** Runs the models for real. It is run only where the machines could be read and the verdict is GO. */
  qa?: ((draft: Report) => Promise<QaReport>) | undefined;
  onEvent?: (event: SupervisorEvent) => void;
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
