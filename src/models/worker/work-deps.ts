import type { ArtefactClient } from "../artefacts/client.ts";
import type { ModelTarget, World } from "../targets/types.ts";

/** What the work on a job needs. */
export interface WorkDeps {
  target: ModelTarget;
  /** Its signal ends the job. */
  world: World;
  /** Of the sender that the job names. */
  client: ArtefactClient;
  /** Keeps what was built, and what samples gave, so that a job that was broken off goes on. */
  folder: string;
  /** Each job that runs has a folder of its own in it, which is removed when it ends. */
  runningFolder: string;
  progress(message: string, count?: { done: number; total: number }): void;
}
