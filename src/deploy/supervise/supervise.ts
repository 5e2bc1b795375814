import { keep } from "./keeper.ts";
import type { ProcessStatus, SupervisedProcess, SupervisorDeps } from "./process.ts";

export interface Supervisor {
  status(): ProcessStatus[];
  /** Lets this process take the place of the one of its name, which may end first. False: none of that name is kept running. */
  replace(process: SupervisedProcess): Promise<boolean>;
  /** Asks every process to end, and waits until they have. */
  stop(): Promise<void>;
  /** Resolves when none runs and none will be started again: all were stopped, or given up. */
  ended: Promise<void>;
}

/** Keeps processes running until they are stopped. */
export function supervise(processes: readonly SupervisedProcess[], deps: SupervisorDeps): Supervisor {
  const keepers = new Map(processes.map((process) => [process.name, keep(process, deps)]));
  const all = [...keepers.values()];
  return {
    status: () => all.map((keeper) => keeper.status()),
    replace: async (next) => (await keepers.get(next.name)?.replace(next)) ?? false,
    stop: async () => void (await Promise.all(all.map((keeper) => keeper.stop()))),
    ended: Promise.all(all.map(({ ended }) => ended)).then(() => undefined),
  };
}
