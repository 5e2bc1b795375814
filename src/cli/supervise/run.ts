import { join, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import {
  SUPERVISION_FILE,
  type Supervision,
  supervisionSchema,
} from "../../deploy/targets/local/supervision.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { findSupervisor } from "./control-client.ts";
import { keepRunning } from "./keep-running.ts";
import { tellNote } from "./reporter.ts";
import { type RunFolder, runFolder } from "./run-folder.ts";

export const command = defineCommand({
  summary: "Keep the agents of a rendered folder running",
  positionals: [{ name: "folder", description: "What agent-deploy rendered", completes: "directory" }],
  examples: [{ command: "agent2389 supervise run ./rendered" }],
  async run(ctx, { folder }) {
    const rendered = resolve(ctx.cwd, folder);
    const supervision = await readSupervision(rendered);
    const kept = runFolder(ctx, supervision.project);
    await takeOver(ctx, supervision, kept);
    return await keepRunning(ctx, supervision, { rendered, folder: kept });
  },
});

async function readSupervision(folder: string): Promise<Supervision> {
  const file = Bun.file(join(folder, SUPERVISION_FILE));
  const text = (await file.exists()) ? await file.text() : "";
  const read = supervisionSchema().safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new ExpectedError(`${file.name} is not there, or not as agent-deploy writes it`, {
    hint: "To write it: agent-deploy render local <config> --out <folder>",
  });
}

/** Who deploys again wants the new version: the one that runs ends first. */
async function takeOver(ctx: Context, { project }: Supervision, folder: RunFolder): Promise<void> {
  const before = await findSupervisor(ctx, folder);
  if (before === undefined) return;
  tellNote(ctx, `${project} runs already: it ends first, and this takes its place`);
  await before.stop();
  while (await findSupervisor(ctx, folder)) await ctx.clock.sleep(100, ctx.signal);
}
