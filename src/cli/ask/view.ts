import type { Progress } from "../../protocol/messages.ts";
import { agentOf } from "../../protocol/topics.ts";
import type { Answer, Watch } from "./conversation.ts";
import { createScreen, type ScreenOptions } from "./screen.ts";
import { budgetLine, usageLine } from "./summary.ts";

export interface View extends Watch {
  /** Says that something has begun, for as long as nothing else is known. */
  waiting(text: string): void;
  answer(answer: Answer, ms: number): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/**
 * For people: what goes on, on standard error; the answer, on standard output. On a terminal the text of the model is
 * shown as it is written, and what of the answer was shown already is not repeated.
 */
export function textView(options: ScreenOptions): View {
  const screen = createScreen(options);
  const { colors } = options.stderr;
  /** Who works on the task, as far as was told. */
  let working: string | undefined;

  function began(agent: string): void {
    if (working !== undefined && working !== agent)
      screen.tell(`${colors.cyan("→")} ${colors.bold(agent)} goes on`);
    working = agent;
  }

  return {
    waiting: screen.say,
    progress(progress) {
      const { metadata, event_type, agent_id, message } = progress;
      if (event_type === "Processing" && metadata && ("delta" in metadata || "restart" in metadata))
        return screen.delta(metadata);
      if (event_type === "LlmRequest" || event_type === "TaskStart") screen.newText();
      if (event_type === "TaskStart") began(agent_id);
      const mark = MARKS[event_type];
      if (!mark) return screen.say(`${agent_id}: ${message}`);
      const sign = colors[mark.color](mark.sign);
      screen.tell(`${sign} ${colors.bold(agent_id)} ${message}${details(progress)}`);
    },
    step({ agent, reply }) {
      working = nextAgent(reply);
      screen.tell(`${colors.green("✓")} ${colors.bold(agent)} passed on to ${working}`);
    },
    warn(text) {
      screen.tell(colors.yellow(text));
    },
    answer({ agent, reply }, ms) {
      if (reply.error) return screen.end();
      screen.finish(reply.response ?? "");
      if (reply.budget) screen.tell(colors.yellow(budgetLine(reply.budget)));
      screen.tell(colors.dim(usageLine(agent, reply, ms)));
    },
    end: screen.end,
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
