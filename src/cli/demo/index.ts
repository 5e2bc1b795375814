import { answerObject, exitCode, replyFailure } from "../ask/summary.ts";
import { textView } from "../ask/view.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { keyValues } from "../terminal/table.ts";
import { wrap } from "../terminal/wrap.ts";
import { chooseModel, type ModelChoice, TRANSCRIPT } from "./choose-model.ts";
import { type Played, play } from "./play.ts";
import { AGENT_ID, setStage, TASK } from "./stage.ts";

export const command = defineCommand({
  summary: "Show an agent at work, with nothing to set up",
  description:
    "Starts a broker and the data-analyst agent, sends it a task over MQTT and shows what it does. With a key of an LLM " +
    "provider in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, …) or an Ollama on this machine a real model " +
    "answers, else a recording. Nothing is left behind.",
  examples: [
    { command: "agent2389 demo" },
    { command: "OPENAI_API_KEY=… agent2389 demo", note: "with a real model" },
    { command: "LLM_PROVIDER=groq LLM_MODEL=llama-3.3-70b-versatile agent2389 demo" },
  ],
  async run(ctx) {
    const stage = await setStage(ctx);
    let played: Played;
    try {
      const choice = await chooseModel(ctx, stage.load);
      introduce(ctx, stage.broker, choice);
      played = await perform(ctx, stage, choice);
    } finally {
      await stage.close();
    }
    const { answer, envelope } = played;
    if (answer.reply.error) throw replyFailure(answer, envelope.conversation_id);
    tellNext(ctx);
    return exitCode(answer);
  },
});

async function perform(
  ctx: Context,
  stage: Awaited<ReturnType<typeof setStage>>,
  { overrides, recorded }: ModelChoice,
): Promise<Played> {
  const { stdout, stderr, globals } = ctx;
  const view = textView({ stdout, stderr, quiet: globals.quiet || globals.json });
  view.waiting("the agent starts");
  try {
    const transcripts = { [TRANSCRIPT]: recorded ? await transcript() : "" };
    const played = await play(ctx, stage, await stage.load(overrides), view, { transcripts });
    const { answer, envelope, ms } = played;
    if (globals.json)
      line(stdout, JSON.stringify({ ...answerObject(answer, envelope, ms), recorded }, null, 2));
    else view.answer(answer, ms);
    return played;
  } finally {
    view.end();
  }
}

const transcript = async (): Promise<string> =>
  (await import("./transcript.jsonl", { with: { type: "text" } })).default;

function introduce({ stderr, globals }: Context, broker: string, { name, why, recorded }: ModelChoice): void {
  if (globals.quiet || globals.json) return;
  const { colors } = stderr;
  const model = recorded
    ? `${colors.yellow(name)}: ${why}. What the model says, and its tokens and cost, were written beforehand; the rest is real.`
    : `${name} (${why})`;
  const rows: [string, string][] = [
    ["broker", `${broker}, in memory`],
    ["agent", `${AGENT_ID}, with file_read and file_write`],
    ["model", model],
    ["task", TASK],
  ];
  const width = Math.min(stderr.columns, 100) - 8;
  stderr.write(
    keyValues(
      rows.map(([key, value]) => [key, wrap(value, width).join("\n")]),
      stderr,
    ),
  );
  line(stderr);
}

function tellNext({ stderr, globals }: Context): void {
  if (globals.quiet || globals.json) return;
  const { colors } = stderr;
  line(stderr);
  line(stderr, "Next, an agent of your own:");
  for (const [command, note] of [
    ["agent2389 new basic my-agent -o my-agent.toml", "write its config"],
    ["agent2389 up my-agent.toml", "run it, with a broker"],
    ['agent2389 ask my-agent "Say hello"', "in another terminal"],
  ] as const) {
    line(stderr, `  ${command.padEnd(46)}${colors.dim(`# ${note}`)}`);
  }
}
