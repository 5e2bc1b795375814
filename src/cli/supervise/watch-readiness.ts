import type { Supervisor } from "../../deploy/supervise/supervise.ts";
import type { Context } from "../framework/context.ts";

export interface Readiness {
  /** Undefined: it has no health server to ask. */
  isReady(name: string): boolean | undefined;
  stop(): void;
}

export interface Watched {
  supervisor: Supervisor;
  /** `port`: of the health server, if it has one. */
  agents: readonly { name: string; health: boolean; port: number }[];
}

/** How often the agents are asked until all are ready; and afterwards. */
const SOON_MS = 200;
const LATER_MS = 5_000;

/** Asks the agents' health servers; calls back when all that still run are ready for the first time. */
export function watchReadiness(
  { services, clock, signal }: Context,
  { agents, supervisor }: Watched,
  onAllReady: () => void,
): Readiness {
  const ready = new Map<string, boolean>();
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);

  const ask = async (port: number): Promise<boolean> => {
    const limit = AbortSignal.any([until, AbortSignal.timeout(LATER_MS)]);
    const response = await services
      .fetch(`http://127.0.0.1:${port}/ready`, { signal: limit })
      .catch(() => undefined);
    return response?.ok ?? false;
  };
  const isUp = (name: string): boolean => ready.get(name) ?? true;

  async function watch(): Promise<void> {
    for (let told = false; !until.aborted; ) {
      await Promise.all(
        agents.map(async ({ name, health, port }) => {
          if (health) ready.set(name, await ask(port));
        }),
      );
      const alive = supervisor.status().filter(({ state }) => state !== "gave up");
      if (!told && !until.aborted && alive.length > 0 && alive.every(({ name }) => isUp(name))) {
        told = true;
        onAllReady();
      }
      await clock.sleep(told ? LATER_MS : SOON_MS, until);
    }
  }
  void watch();
  return { isReady: (name) => ready.get(name), stop: () => stopping.abort() };
}
