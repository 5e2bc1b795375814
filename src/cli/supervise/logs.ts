import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { pad } from "../terminal/wrap.ts";
import { notRunning } from "./control-client.ts";
import { type RunFolder, runFolder } from "./run-folder.ts";

export const command = defineCommand({
  summary: "Show what supervised agents wrote",
  positionals: [{ name: "project", description: "Project that was deployed" }],
  options: {
    tail: {
      type: "number",
      value: "LINES",
      description: "Lines of before to begin with",
      default: 100,
      min: 0,
    },
    follow: { type: "boolean", description: "Go on until Ctrl-C" },
    agent: { type: "string", value: "NAME", description: "Only those of this deployment" },
  },
  examples: [{ command: "agent2389 supervise logs my-agents --tail 20 --follow" }],
  async run(ctx, { project }, { tail, follow, agent }) {
    const folder = runFolder(ctx, project);
    const names = agent === undefined ? await loggedNames(folder) : [agent];
    if (names.length === 0) throw notRunning(project);
    const width = Math.max(...names.map((name) => name.length));
    const say = (name: string) => (text: string) =>
      line(ctx.stdout, `${ctx.stdout.colors.cyan(pad(name, width))} ${ctx.stdout.colors.dim("│")} ${text}`);
    const logs = names.map((name) => followed(folder.log(name), say(name)));
    for (const log of logs) await log.showLast(tail);
    while (follow && !ctx.signal.aborted) {
      await ctx.clock.sleep(FOLLOW_MS, ctx.signal);
      for (const log of logs) await log.showNew();
    }
    return 0;
  },
});

const FOLLOW_MS = 250;

async function loggedNames({ logs }: RunFolder): Promise<string[]> {
  try {
    return (await readdir(logs))
      .filter((file) => file.endsWith(".log"))
      .map((file) => basename(file, ".log"))
      .sort();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** One log, and how far it was shown. */
function followed(path: string, say: (line: string) => void) {
  let shown = 0;
  const newLines = async (): Promise<string[]> => {
    const file = Bun.file(path);
    if (!(await file.exists()) || file.size === shown) return [];
    if (file.size < shown) shown = 0; // it began anew
    const text = await file.slice(shown).text();
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    shown += Buffer.byteLength(whole);
    return whole.split("\n").slice(0, -1);
  };
  return {
    async showLast(count: number) {
      const lines = await newLines();
      for (const text of count === 0 ? [] : lines.slice(-count)) say(text);
    },
    async showNew() {
      for (const text of await newLines()) say(text);
    },
  };
}
