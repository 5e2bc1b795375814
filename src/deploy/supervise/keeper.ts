import { toError } from "../../base/errors.ts";
import type { ProcessStatus, Run, SupervisedProcess, SupervisorDeps } from "./process.ts";
import { afterEnding, RESTART_POLICY } from "./restart-policy.ts";

/** What a process wrote before it failed, for whoever has to mend it. */
const LAST_LINES = 5;

export interface Keeper {
  status(): ProcessStatus;
  replace(next: SupervisedProcess): Promise<boolean>;
  stop(): Promise<void>;
  ended: Promise<void>;
}

/** Keeps one process running. */
export function keep(first: SupervisedProcess, deps: SupervisorDeps): Keeper {
  const { clock, tell } = deps;
  const { name } = first;
  let process = first;
  let replacing = false;
  const stopping = new AbortController();
  const status: ProcessStatus = {
    name,
    state: "waiting",
    pid: undefined,
    since: undefined,
    restarts: 0,
    reason: undefined,
  };
  let run: Run | undefined;

  async function runOnce(onLine: (line: string) => void): Promise<{ code: number; ranMs: number }> {
    const since = clock.now();
    run = deps.spawn(process, onLine);
    Object.assign(status, { state: "running", pid: run.pid, since });
    tell({ kind: "started", name, pid: run.pid });
    const code = await run.exited;
    run = undefined;
    status.pid = undefined;
    return { code, ranMs: clock.now() - since };
  }

  function giveUp(reason: string, lastLines: readonly string[]): void {
    Object.assign(status, { state: "gave up", reason });
    tell({ kind: "gave up", name, reason, lastLines });
  }

  async function loop(): Promise<void> {
    for (let failures = 0; ; status.restarts++) {
      const lastLines: string[] = [];
      const { code, ranMs } = await runOnce((line) => {
        lastLines.push(line);
        if (lastLines.length > LAST_LINES) lastLines.shift();
        tell({ kind: "line", name, line });
      });
      if (stopping.signal.aborted) return;
      if (replacing) {
        [replacing, failures] = [false, 0];
        continue;
      }
      const verdict = afterEnding({ code, ranMs, failures }, deps.policy ?? RESTART_POLICY, deps.random);
      if (verdict.kind === "give up") return giveUp(`${verdict.reason}: exit code ${code}`, lastLines);
      ({ failures } = verdict);
      tell({ kind: "ended", name, code, inMs: verdict.delayMs });
      status.state = "waiting";
      await clock.sleep(verdict.delayMs, stopping.signal);
      if (stopping.signal.aborted) return;
    }
  }

  const ended = loop().catch((error: unknown) => giveUp(toError(error).message, []));
  return {
    status: () => ({ ...status }),
    ended,
    async replace(next) {
      if (status.state === "gave up" || stopping.signal.aborted) return false;
      process = next;
      if (run === undefined) return true;
      replacing = true;
      await end(run, next.killAfterSeconds * 1000, clock);
      return true;
    },
    async stop() {
      stopping.abort();
      const killed = run !== undefined && (await end(run, process.killAfterSeconds * 1000, clock));
      await ended;
      if (status.state === "gave up") return;
      status.state = "stopped";
      tell({ kind: "stopped", name, killed });
    },
  };
}

/** Asks a run to end, and insists when it takes too long. True: it was killed. */
async function end({ exited, kill }: Run, ms: number, clock: SupervisorDeps["clock"]): Promise<boolean> {
  let killed = false;
  const forget = clock.after(ms, () => {
    killed = true;
    kill("SIGKILL");
  });
  kill("SIGTERM");
  await exited;
  forget();
  return killed;
}
