import { join } from "node:path";
import { stateFolder } from "../../base/state-folder.ts";
import type { Context } from "../framework/context.ts";

/** What the supervisor of a project keeps: journals, logs, and how to reach it. */
export interface RunFolder {
  path: string;
  /** Address of the running supervisor, and the word that it wants to hear; for this user's eyes only. */
  address: string;
  logs: string;
  /** State of a process: an agent's journal, the broker's sessions. */
  data(name: string): string;
  log(name: string): string;
}

export function runFolder({ env, cwd }: Pick<Context, "env" | "cwd">, project: string): RunFolder {
  const path = join(stateFolder(env, cwd), "agent-deploy", "local", `${project}.run`);
  const logs = join(path, "logs");
  return {
    path,
    address: join(path, "supervisor.json"),
    logs,
    data: (name) => join(path, "data", name),
    log: (name) => join(logs, `${name}.log`),
  };
}
