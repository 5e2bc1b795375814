import type { PipelineDeps, Progress, StepName } from "./types.ts";

/** Tells of steps as they go, and keeps how long each took. */
export interface Steps {
  /** What `work` gives; `text` says of it what is worth knowing. Throws the signal's reason before it begins a step. */
  run<T>(step: StepName, beginning: string, work: () => Promise<T>, text: (outcome: T) => string): Promise<T>;
  /** What goes on within a step, or before it. */
  say(step: StepName, text: string): void;
  count(step: StepName): (done: number, total: number) => void;
  line(step: StepName, text: string): void;
  warn(text: string): void;
  readonly warnings: string[];
  /** Milliseconds, in the order in which they ended. */
  readonly times: { name: StepName; ms: number }[];
}

export function stepsOf({
  world: { signal },
  clock,
  progress,
}: Pick<PipelineDeps, "world" | "clock" | "progress">): Steps {
  const tell = (event: Progress) => progress?.(event);
  const times: Steps["times"] = [];
  const warnings: string[] = [];
  return {
    warnings,
    times,
    async run(step, beginning, work, text) {
      signal.throwIfAborted();
      tell({ kind: "began", step, text: beginning });
      const begun = clock.monotonic();
      const outcome = await work();
      const ms = clock.monotonic() - begun;
      times.push({ name: step, ms });
      tell({ kind: "done", step, text: text(outcome), ms });
      return outcome;
    },
    say: (step, text) => tell({ kind: "began", step, text }),
    count: (step) => (done, total) => tell({ kind: "count", step, done, total }),
    line: (step, text) => tell({ kind: "line", step, text }),
    warn(text) {
      warnings.push(text);
      tell({ kind: "warning", text });
    },
  };
}
