import { UsageError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { parseJson } from "../../base/json.ts";
import { MAX_MESSAGE_BYTES, type TaskEnvelope } from "../../protocol/envelope.ts";
import { inputTopic, isTopicSafe } from "../../protocol/topics.ts";
import { nest, type Step } from "./pipeline.ts";

export interface Question {
  agent: string;
  instruction: string;
  /** JSON text of an object, an array or a string. */
  input?: string | undefined;
  /** Files whose text goes along. */
  files: { name: string; content: string }[];
  next: Step[];
  /** Let each agent's router decide who goes on (v2). */
  route: boolean;
  conversation?: string | undefined;
}

/** What is sent: the part of an envelope that is not left to defaults. */
export type Envelope = Pick<
  TaskEnvelope,
  "task_id" | "conversation_id" | "topic" | "instruction" | "next" | "stream"
> &
  Partial<Pick<TaskEnvelope, "input" | "version" | "context">>;

/** The task envelope for a question (FR-007), with ids of its own. Throws a UsageError when it would be too large. */
export function buildEnvelope(question: Question): Envelope {
  const { agent, instruction, next, route } = question;
  const envelope: Envelope = {
    task_id: newId(),
    conversation_id: conversationId(question.conversation),
    topic: inputTopic(agent),
    instruction,
    input: buildInput(question),
    next: nest(next),
    stream: true,
    ...(route && {
      version: "2.0",
      context: { original_query: instruction, steps_completed: [], iteration_count: 0 },
    }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(envelope));
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new UsageError(`the task has ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed (NFR-003)`, {
      hint: "Put large files where the agent's file_read or http_request tool can get them, and name them in the task.",
    });
  }
  return envelope;
}

function conversationId(given: string | undefined): string {
  if (given !== undefined && !isTopicSafe(given)) {
    throw new UsageError(`"${given}" cannot be a conversation's id: it becomes part of an MQTT topic`);
  }
  return given ?? newId();
}

function buildInput({ input, files }: Question): Envelope["input"] {
  const given = input === undefined ? {} : parseInput(input);
  if (files.length === 0) return given;
  if (typeof given === "string" || Array.isArray(given)) {
    throw new UsageError("--file needs --input to be a JSON object, since the files become part of it");
  }
  return { ...given, files };
}

function parseInput(text: string): string | unknown[] | Record<string, unknown> {
  const value = parseJson(text);
  if (typeof value === "string" || Array.isArray(value)) return value;
  if (value !== null && typeof value === "object") return { ...value };
  throw new UsageError("--input is not a JSON object", {
    hint: `Quote it for the shell: --input '{"key": "value"}'`,
  });
}
