import type { TaskEnvelope } from "../../protocol/envelope.ts";
import { TaskError } from "../../protocol/errors.ts";
import type { Message } from "../ports/model.ts";

/** What the model is told: the agent's system prompt, then the instruction and the input of the task. */
export function taskMessages(systemPrompt: string, envelope: TaskEnvelope): Message[] {
  const content = taskText(envelope);
  if (content === "")
    throw new TaskError("invalid_input", "the task has neither an instruction nor an input");
  const user: Message = { role: "user", content };
  return systemPrompt.trim() === "" ? [user] : [{ role: "system", content: systemPrompt.trim() }, user];
}

/** Instruction and input as one text; empty when there is neither. */
export const taskText = ({ instruction, input }: TaskEnvelope): string =>
  [instruction?.trim() ?? "", inputText(input)].filter((part) => part !== "").join("\n\n");

function inputText(input: TaskEnvelope["input"]): string {
  if (input == null) return "";
  if (typeof input === "string") return input.trim();
  const empty = typeof input === "object" && Object.keys(input).length === 0;
  return empty ? "" : JSON.stringify(input, null, 2);
}
