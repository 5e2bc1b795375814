import { brokerOption, type Client, withClient } from "../client/connect.ts";
import { defineCommand, type ExitCode } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { Interrupted } from "../framework/interrupted.ts";
import { SECONDS } from "../framework/number-options.ts";
import { line } from "../terminal/streams.ts";
import { checkAddressees } from "./addressees.ts";
import { converse } from "./conversation.ts";
import { buildEnvelope, type Envelope } from "./envelope.ts";
import { checkAgentId, readSteps } from "./pipeline.ts";
import { readFiles, readTask } from "./question.ts";
import { answerObject, exitCode, replyFailure } from "./summary.ts";
import { textView } from "./view.ts";

export const command = defineCommand({
  summary: "Send a task to an agent and print its answer",
  description:
    "Shows on standard error what goes on, and prints the answer on standard output. Ends with status 1 when the task " +
    "failed, or no answer came in time; with 3 when the answer is not all of it: a budget ended the task, or it was " +
    "too long for a message.",
  positionals: [
    { name: "agent", description: "Id of the agent: see 'agent2389 agents'" },
    { name: "task", description: "What it shall do; - or nothing: read from standard input", optional: true },
  ],
  options: {
    input: { type: "string", short: "i", value: "JSON", description: "Data for the task" },
    file: {
      type: "string",
      short: "f",
      value: "FILE",
      description: "Text file to send along",
      multiple: true,
      completes: "file",
    },
    next: {
      type: "string",
      short: "n",
      value: "AGENTS",
      description: `Agents that go on with the answer, in order, each with an instruction or without: writer,editor:"make it short"`,
      multiple: true,
    },
    route: { type: "boolean", description: "Let the agents' routers decide who goes on (protocol v2)" },
    timeout: { ...SECONDS, short: "t", description: "How long to wait", default: 600 },
    conversation: { type: "string", value: "ID", description: "Id of the conversation; else a new one" },
    "no-check": {
      type: "boolean",
      description: "Send even if the agent is not there: the broker may keep the task",
    },
    "dry-run": { type: "boolean", description: "Print what would be sent, and send nothing" },
    ...brokerOption,
  },
  examples: [
    { command: 'agent2389 ask writer-agent "Write a haiku about queues"' },
    { command: 'agent2389 ask data-analyst-agent "Which month was best?" --file sales.csv' },
    { command: "agent2389 ask researcher-agent 'MQTT 5 in brief' --next writer-agent,editor-agent" },
    { command: "git diff | agent2389 ask code-reviewer-agent -" },
  ],
  async run(ctx, { agent, task }, options) {
    const next = readSteps(options.next);
    const envelope = buildEnvelope({
      agent: checkAgentId(agent),
      instruction: await readTask(ctx, task),
      input: options.input,
      files: await readFiles(ctx, options.file),
      next,
      route: options.route,
      conversation: options.conversation,
    });
    if (options["dry-run"]) {
      line(ctx.stdout, JSON.stringify(envelope, null, 2));
      return 0;
    }
    const needed = options["no-check"] ? [] : [agent, ...next.map((step) => step.agent)];
    return withClient(ctx, options.broker, async (client) => {
      await checkAddressees(ctx, client, needed);
      return ask(ctx, client, envelope, options.timeout * 1000);
    });
  },
});

async function ask(
  ctx: Context,
  { transport, reach }: Client,
  envelope: Envelope,
  timeoutMs: number,
): Promise<ExitCode> {
  const { stdout, stderr, globals, clock, signal } = ctx;
  const watching = `agent2389 monitor --conversation ${envelope.conversation_id}${reach}`;
  const remedy = `The task may still be worked on; wait longer with --timeout, or watch it: ${watching}`;
  const started = clock.now();
  const view = textView({ stdout, stderr, quiet: globals.quiet || globals.json });
  view.waiting("sent; waiting for the agent");
  try {
    const answer = await converse({ transport, envelope, timeoutMs, remedy, clock, signal }, view);
    const ms = clock.now() - started;
    if (globals.json) line(stdout, JSON.stringify(answerObject(answer, envelope, ms), null, 2));
    else view.answer(answer, ms);
    if (answer.reply.error && !globals.json) throw replyFailure(answer, envelope.conversation_id);
    return exitCode(answer);
  } catch (error) {
    view.end();
    if (error instanceof Interrupted && error.by !== "EPIPE" && !globals.quiet)
      line(stderr, `The task goes on without you: ${watching}`);
    throw error;
  }
}
