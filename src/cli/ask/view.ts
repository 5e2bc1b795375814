import type { Progress } from "../../protocol/messages.ts";
import { agentOf } from "../../protocol/topics.ts";
import { spinner } from "../terminal/spinner.ts";
import type { Output } from "../terminal/streams.ts";
import type { Answer, Watch } from "./conversation.ts";
import { budgetLine, usageLine } from "./summary.ts";

export interface View extends Watch {
  /** Says that something has begun, for as long as nothing else is known. */
  waiting(text: string): void;
  answer(answer: Answer, ms: number): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

export interface ViewOptions {
  stdout: Output;
  stderr: Output;
  /** Show the answer only. */
  quiet: boolean;
}

/**
 * For people: what goes on, on standard error; the answer, on standard output. On a terminal the text of the model is
 * shown as it is written, and what of the answer was shown already is not repeated.
 */
export function textView({ stdout, stderr, quiet }: ViewOptions): View {
  const streams = stdout.isTTY && !quiet;
  const spin = spinner(stderr);
  const { colors } = stderr;
  /** Text of the model that stands on the screen, since its last call began. */
  let shown = "";
  let atLineStart = true;

  const write = (text: string): void => {
    stdout.write(text);
    atLineStart = text.endsWith("\n");
  };
  const endLine = (): void => {
    if (!atLineStart) write("\n");
  };
  const tell = (text: string): void => {
    if (quiet) return;
    endLine();
    spin.above(`${text}\n`);
  };

  function delta(metadata: Record<string, unknown>): void {
    if (!streams) return;
    if (metadata["restart"] === true) {
      tell(colors.dim("(the model starts anew)"));
      shown = "";
    }
    const text = metadata["delta"];
    if (typeof text !== "string" || text === "") return;
    spin.stop();
    shown += text;
    write(text);
  }

  return {
    waiting(text) {
      if (!quiet) spin.say(text);
    },
    progress(progress) {
      const { metadata, event_type, agent_id, message } = progress;
      if (event_type === "Processing" && metadata && ("delta" in metadata || "restart" in metadata)) {
        delta(metadata);
        return;
      }
      if (event_type === "LlmRequest" || event_type === "TaskStart") {
        endLine();
        shown = "";
      }
      const mark = MARKS[event_type];
      if (mark)
        tell(`${colors[mark.color](mark.sign)} ${colors.bold(agent_id)} ${message}${details(progress)}`);
      else if (!quiet && atLineStart) spin.say(`${agent_id}: ${message}`);
    },
    step({ agent, reply }) {
      tell(`${colors.green("✓")} ${colors.bold(agent)} passed on to ${nextAgent(reply)}`);
    },
    warn(text) {
      tell(colors.yellow(text));
    },
    answer({ agent, reply }, ms) {
      spin.stop();
      if (reply.error) return endLine();
      const text = reply.response ?? "";
      if (shown !== "" && text.startsWith(shown)) write(text.slice(shown.length));
      else {
        endLine();
        write(text);
      }
      endLine();
      if (reply.budget) tell(colors.yellow(budgetLine(reply.budget)));
      tell(colors.dim(usageLine(agent, reply, ms)));
    },
    end() {
      spin.stop();
      endLine();
    },
  };
}

/** Ours name the topic, since that is what the protocol knows. */
const nextAgent = ({ forwarded_to: to }: Answer["reply"]): string =>
  agentOf(to ?? "") ?? to ?? "the next agent";

const MARKS: Partial<
  Record<Progress["event_type"], { sign: string; color: "cyan" | "green" | "red" | "yellow" }>
> = {
  ToolCall: { sign: "→", color: "cyan" },
  ToolComplete: { sign: "✓", color: "green" },
  ToolError: { sign: "✗", color: "red" },
  LlmError: { sign: "✗", color: "red" },
};

/** What a tool says about its call: the first few plain facts. */
function details({ metadata }: Progress): string {
  const facts = Object.entries(metadata ?? {}).flatMap(([name, value]) => {
    if (name === "tool" || value === null || typeof value === "object") return [];
    return name === "duration_ms" ? [`${value} ms`] : [`${name} ${value}`];
  });
  return facts.length === 0 ? "" : ` (${facts.slice(0, 4).join(", ")})`;
}
