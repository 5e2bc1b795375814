import type { CommandTable } from "../framework/table.ts";

/** What `agent-deploy … local` runs: agents of one project on this machine. */
export const commands: CommandTable = {
  run: { summary: "Keep the agents of a rendered folder running", load: () => import("./run.ts") },
  status: { summary: "Show the agents that a supervisor keeps running", load: () => import("./status.ts") },
  logs: { summary: "Show what supervised agents wrote", load: () => import("./logs.ts") },
  restart: { summary: "Start a supervised agent anew", load: () => import("./restart.ts") },
  stop: { summary: "Stop a supervisor and its agents", load: () => import("./stop.ts") },
};
