import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { relativeTime } from "../terminal/relative-time.ts";
import { line } from "../terminal/streams.ts";
import { table } from "../terminal/table.ts";
import { findSupervisor, notRunning, type SupervisorStatus } from "./control-client.ts";
import { runFolder } from "./run-folder.ts";

export const command = defineCommand({
  summary: "Show the agents that a supervisor keeps running",
  positionals: [{ name: "project", description: "Project that was deployed" }],
  examples: [{ command: "agent2389 supervise status my-agents" }],
  async run(ctx, { project }) {
    const supervisor = await findSupervisor(ctx, runFolder(ctx, project));
    if (supervisor === undefined) throw notRunning(project);
    const status = await supervisor.status();
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(status, null, 2));
    else show(ctx, status);
    return status.processes.some(({ state }) => state === "gave up") ? 1 : 0;
  },
});

function show({ stdout, clock }: Context, { processes }: SupervisorStatus): void {
  const columns = [
    { title: "NAME" },
    { title: "STATE" },
    { title: "SINCE" },
    { title: "RESTARTS", align: "right" as const },
    { title: "ADDRESS", shrinks: true },
  ];
  const rows = processes.map(({ name, state, reason, ready, since, restarts, url }) => [
    name,
    reason ??
      (state === "running" && ready === false ? "not ready" : state === "running" && ready ? "ready" : state),
    since === undefined ? "" : relativeTime(since, clock.now()),
    String(restarts),
    url ?? "",
  ]);
  stdout.write(table(columns, rows, stdout));
}
