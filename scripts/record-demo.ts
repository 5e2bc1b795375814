import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import data from "../bench/startup.csv" with { type: "text" };
import { systemClock } from "../src/base/clock.ts";
import { play } from "../src/cli/demo/play.ts";
import { DATA_FILE, setStage } from "../src/cli/demo/stage.ts";
import type { Context } from "../src/cli/framework/context.ts";
import { capture } from "../src/cli/framework/testing.fixture.ts";
import { services } from "../src/cli/services.ts";
import { type SeenRequest, type Step, startOpenAiServer } from "../test/peers/openai-server.ts";

/**
 * Records the transcript that `agent2389 demo` answers from where no model can be asked:
 *
 *   bun scripts/record-demo.ts
 *
 * The agent, its prompt, its tools and the broker are those of the demo; the model is a scripted server, since none
 * could be reached where this was made. What it says is worked out here from the same file that the agent reads.
 */

export const TRANSCRIPT_FILE = join(import.meta.dir, "../src/cli/demo/transcript.jsonl");

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function timings(): Map<string, number[]> {
  const byProgram = new Map<string, number[]>();
  for (const row of data.trim().split("\n").slice(1)) {
    const [program = "", , milliseconds = ""] = row.split(",");
    byProgram.set(program, [...(byProgram.get(program) ?? []), Number(milliseconds)]);
  }
  return byProgram;
}

interface Row {
  program: string;
  runs: number;
  median: number;
  smallest: number;
  largest: number;
  ratio: number;
}

function rows(): Row[] {
  const all = timings();
  const floor = median(all.get("empty") ?? []);
  return [...all].map(([program, values]) => ({
    program,
    runs: values.length,
    median: median(values),
    smallest: Math.min(...values),
    largest: Math.max(...values),
    ratio: median(values) / floor,
  }));
}

function answer(): string {
  const all = rows();
  const ratio = (name: string) => all.find(({ program }) => program === name)?.ratio.toFixed(1);
  const table = all.map(
    (row) =>
      `| ${row.program} | ${row.runs} | ${row.median.toFixed(2)} | ${row.smallest} | ${row.largest} | ${row.ratio.toFixed(2)} |`,
  );
  return `## Result
\`version\` takes ${ratio("version")} times as long as \`empty\`, and \`help\` ${ratio("help")} times, by the medians of ten runs each.

## Figures
| program | runs | median ms | smallest | largest | times empty |
|---|---|---|---|---|---|
${table.join("\n")}

## Method
${DATA_FILE}, all ${all.reduce((sum, row) => sum + row.runs, 0)} rows: the milliseconds of each program sorted, the mean of the 5th and 6th taken as the
median, and divided by that of \`empty\`. No rows were left out.

## Doubts
Ten runs on one machine say little about another, and single runs differ by up to ${Math.max(...all.map((row) => row.largest - row.smallest)).toFixed(1)} ms, more than \`empty\`
takes in all. The times include starting the process, which the program cannot help.`;
}

/** Reads the file, then answers. */
const script = ({ body }: SeenRequest): Step =>
  body.messages.at(-1)?.role === "tool"
    ? { text: answer() }
    : {
        text: `I read ${DATA_FILE} first.`,
        toolCalls: [{ name: "file_read", arguments: { path: DATA_FILE } }],
      };

/** The transcript's text, recorded anew. */
export async function recordDemo(): Promise<string> {
  const server = startOpenAiServer({ script, key: "scripted" });
  const folder = await mkdtemp(join(tmpdir(), "record-"));
  const record = join(folder, "demo.jsonl");
  const ctx = contextFor({ OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: server.url });
  const stage = await setStage(ctx);
  try {
    const warnings: string[] = [];
    const watch = { progress() {}, step() {}, warn: (text: string) => warnings.push(text) };
    const { reply } = (await play(ctx, stage, await stage.load([]), watch, { record })).answer;
    if (reply.error || warnings.length > 0)
      throw new Error(`the demo failed: ${JSON.stringify({ reply, warnings })}`);
    return await readFile(record, "utf8");
  } finally {
    await stage.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

const contextFor = (env: Record<string, string>): Context => ({
  program: "agent2389",
  env,
  cwd: "/",
  stdin: { isTTY: false, text: async () => "", line: async () => undefined },
  stdout: capture(),
  stderr: capture(),
  signal: new AbortController().signal,
  clock: systemClock,
  services,
  globals: {
    config: undefined,
    json: false,
    verbose: false,
    quiet: true,
    "no-color": true,
    "log-level": undefined,
    "log-format": undefined,
    help: false,
    version: false,
  },
});

if (import.meta.main) {
  await Bun.write(TRANSCRIPT_FILE, await recordDemo());
  console.error(`wrote ${TRANSCRIPT_FILE}`);
}
